"""How fast and how right: programs that measure the product on sample data. Nothing here is imported by it."""
