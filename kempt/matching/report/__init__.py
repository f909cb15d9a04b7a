"""What one run over any file found: figures for machines, a page for people. Nothing here decides or writes."""
