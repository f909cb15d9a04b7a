"""Entities as they were, and what becomes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kempt.records.model import EntityType

State = Literal["active", "redirected", "retired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An entity whose id was minted before; `members` are its records, or the last ones it had."""

    entity_id: str
    entity_type: EntityType
    state: State
    born_seq: int
    anchor_record: str
    members: frozenset[str]
    leads_to: str | None = None
    """Of a redirected one, the entity at the end of its redirects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mint:
    """What new ids are made from.

    `first_seen` orders records by their arrival. `incarnations` counts, for each record, the ids that were ever
    minted with it as anchor; a record that is not listed anchored none.
    """

    tenant_key: bytes = field(repr=False)
    first_seen: Mapping[str, int]
    incarnations: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A new entity."""

    entity_id: str
    anchor_record: str
    incarnation: int
    members: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """An entity that is from now on part of another."""

    from_id: str
    to_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """An entity whose records are from now on in several."""

    entity_id: str
    into: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A record that changes its entity; None where it had none before, or has none any more."""

    record_id: str
    from_id: str | None
    to_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What becomes of the entities of the clusters that were touched."""

    entity_of: Mapping[str, str]
    """Each record's entity from now on."""
    minted: tuple[Minted, ...]
    kept: tuple[str, ...]
    merged: tuple[Redirect, ...]
    split: tuple[Split, ...]
    revived: tuple[str, ...]
    rerouted: tuple[Redirect, ...]
    """Redirects of before that led to where none of their records is any more, and lead after them from now on."""
    retired: tuple[str, ...]
    """Entities that lost all their records to nobody."""
    moves: tuple[Move, ...]
