"""The port to whatever knows which records of a relation came, changed or went: so that not all have to be read."""

from typing import Protocol


class Feed(Protocol):
    """The changes of one relation of records."""

    def here(self) -> str:
        """Where the relation stands now, as a text for `changes_since`."""
        ...

    def changes_since(self, place: str, target: str) -> bool:
        """Puts every record that may have changed since then into a temporary table; False if that cannot be told.

        The table has the columns of the relation and `present`: whether the record is still there. It may name records
        that are as they were, and never leaves one out that is not.
        """
        ...
