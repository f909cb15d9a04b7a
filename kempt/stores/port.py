"""The port that everything implements which holds values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from kempt.extracts.landed import Suppressed
from kempt.records.model import ObjectType

Held: TypeAlias = Mapping[str, int]
"""How many rows there are, by place: a table, or a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The record in question, as its source names it."""

    record_id: str
    system: str
    object_type: ObjectType
    source_key: str = field(repr=False)

    @property
    def name(self) -> str:
        """What digests of it are taken over."""
        return Suppressed.name(self.system, self.object_type, self.source_key)


class Store(Protocol):
    """A place that holds values of records.

    `erase` answers with what it took away, place by place, which is what `find` said before; afterwards `find` says
    nothing, and doing it again takes nothing. What it holds of other records stays as it was. A store that is not
    `ours` is somebody else's to change: its `erase` raises StopRun and says what to do.
    """

    @property
    def name(self) -> str: ...

    @property
    def ours(self) -> bool: ...

    def find(self, record: Subject) -> Held: ...

    def erase(self, record: Subject) -> Held: ...
