"""Tables of words written as running text, which a person can read and extend."""


def words(table: str) -> frozenset[str]:
    """The words of a table, parted by spaces."""
    return frozenset(table.split())


def entries(table: str) -> dict[str, str]:
    """The entries of a table of 'key: text' lines; a line that starts with a space continues the one above."""
    lines = table.strip().replace("\n ", " ").splitlines()
    return {key: " ".join(text.split()) for key, _, text in (line.partition(":") for line in lines)}
