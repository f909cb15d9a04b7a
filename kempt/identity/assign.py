"""Gives ids to clusters: old ids go where most of their records went, new clusters get new ids, losers redirect.

Everything is a pure function in a total order, so that a repeated run assigns the same ids.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kempt.ids import mint
from kempt.records.model import EntityType

Kind = Literal["minted", "revived", "kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntity:
    """An entity as it stands before: its members now, or when it is dormant (redirected or retired) its last ones."""

    entity_id: str
    born_seq: int
    members: frozenset[str]
    dormant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChange:
    """An entity with an id and how its records changed; `anchor` and `incarnation` name a minted one for ever."""

    entity_id: str
    kind: Kind
    joined: tuple[str, ...]
    left: tuple[str, ...]
    anchor: str = ""
    incarnation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """An entity that lost its id: redirected to where most of its records went, or retired when they went nowhere."""

    entity_id: str
    redirect_to: str | None
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What changes; entities that are not named stay as they are."""

    changes: tuple[EntityChange, ...]
    endings: tuple[Ending, ...]


def assign(
    known: Iterable[KnownEntity],
    clusters: Sequence[Sequence[str]],
    *,
    entity_type: EntityType,
    mint_key: bytes,
    incarnations: Mapping[str, int],
) -> Assignment:
    """Ids for the clusters, by greatest overlap: (shared records descending, born_seq, entity id, cluster).

    `known` are the entities that the clusters touch, the dormant ones among them; `incarnations` says how many
    entities each record anchored before, so that a minted id is never one that was.
    """
    ordered = sorted(tuple(sorted(cluster)) for cluster in clusters)
    entities = {entity.entity_id: entity for entity in known}
    kept = _greedy([each for each in entities.values() if not each.dormant], ordered, taken={})
    revived = _greedy([each for each in entities.values() if each.dormant], ordered, taken=kept)
    given: list[EntityChange] = []
    for at, cluster in enumerate(ordered):
        if at in kept:
            given.append(_kept(entities[kept[at]], cluster))
        elif at in revived:
            given.append(EntityChange(entity_id=revived[at], kind="revived", joined=cluster, left=()))
        else:
            given.append(_minted(cluster, entity_type, mint_key, incarnations))
    where = {record: change.entity_id for change, cluster in zip(given, ordered, strict=True) for record in cluster}
    surviving = set(kept.values())
    endings = tuple(
        _ending(entities[name], where)
        for name in sorted(entities)
        if not entities[name].dormant and name not in surviving
    )
    return Assignment(changes=tuple(change for change in given if change.joined or change.left), endings=endings)


def _greedy(
    entities: Sequence[KnownEntity], clusters: Sequence[tuple[str, ...]], *, taken: Mapping[int, str]
) -> dict[int, str]:
    """Cluster to entity: the largest overlap first; each cluster and each entity at most once."""
    of_record: dict[str, list[KnownEntity]] = defaultdict(list)
    for entity in entities:
        for record in entity.members:
            of_record[record].append(entity)
    overlaps: Counter[tuple[int, str]] = Counter()
    born = {entity.entity_id: entity.born_seq for entity in entities}
    for at, cluster in enumerate(clusters):
        if at not in taken:
            overlaps.update((at, entity.entity_id) for record in cluster for entity in of_record.get(record, ()))
    found: dict[int, str] = {}
    used: set[str] = set()
    for (at, name), _ in sorted(overlaps.items(), key=lambda each: (-each[1], born[each[0][1]], each[0][1], each[0][0])):
        if at not in found and name not in used:
            found[at] = name
            used.add(name)
    return found


def _kept(entity: KnownEntity, cluster: tuple[str, ...]) -> EntityChange:
    members = frozenset(cluster)
    return EntityChange(
        entity_id=entity.entity_id,
        kind="kept",
        joined=tuple(record for record in cluster if record not in entity.members),
        left=tuple(sorted(entity.members - members)),
    )


def _minted(
    cluster: tuple[str, ...], entity_type: EntityType, mint_key: bytes, incarnations: Mapping[str, int]
) -> EntityChange:
    anchor = cluster[0]
    incarnation = incarnations.get(anchor, 0)
    name = mint(mint_key, entity_type, anchor, incarnation)
    return EntityChange(entity_id=name, kind="minted", joined=cluster, left=(), anchor=anchor, incarnation=incarnation)


def _ending(entity: KnownEntity, where: Mapping[str, str]) -> Ending:
    """Redirected to where most of its records went, the smallest id among equals."""
    went = Counter(where[record] for record in entity.members if record in where)
    target = min(went, key=lambda name: (-went[name], name)) if went else None
    return Ending(entity_id=entity.entity_id, redirect_to=target, left=tuple(sorted(entity.members)))
