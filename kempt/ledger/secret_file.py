"""Writing a secret to disk."""

from pathlib import Path

from kempt.whole_file import write_whole


def write_secret(path: Path, content: str | bytes) -> None:
    """Whole or not at all, on disk when we return, and readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, content, mode=0o600)
