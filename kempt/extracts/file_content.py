"""One file of an extract, as its parser gets it."""

from dataclasses import dataclass, field

from kempt.extracts.port import Limits
from kempt.records.declared import FileRead


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """The bytes of a file and what is known about it; `first_row` is the number its first row gets."""

    name: str
    content: bytes = field(repr=False)
    options: FileRead
    needed: frozenset[str]
    limits: Limits
    first_row: int = 1
    last: bool = True
