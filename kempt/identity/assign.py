"""Old ids on new clusters, by greatest overlap, in an order that leaves nothing to chance.

Only what was touched comes in: every active entity with a record in one of the clusters or among the records that
are gone, every retired one that such a record was last part of, and the whole of each cluster.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from kempt.errors import StopRun
from kempt.identity.model import Changes, Entity, Mint, Minted, Move, Redirect, Split
from kempt.ids import mint
from kempt.records.model import EntityType


def assign(
    entity_type: EntityType,
    entities: Iterable[Entity],
    clusters: Iterable[Iterable[str]],
    source: Mint,
    restore: Mapping[str, Collection[str]] | None = None,
) -> Changes:
    """Which id each cluster has from now on, and what becomes of the others.

    An id goes to the cluster with most of its records; of two ids the older one wins, of two clusters the one with
    the record that the id was minted from. A cluster without an id gets back a retired one whose last records it
    holds, and only then a new one. Before all that, an id in `restore` goes to the cluster with most of the records
    named there, whoever else came to it meanwhile: an unmerge gives every side the id that it had.
    """
    known = sorted(entities, key=lambda entity: entity.entity_id)
    if wrong := [entity.entity_id for entity in known if entity.entity_type != entity_type]:
        raise StopRun(f"{wrong[0]} is not a {entity_type}. Assign people and companies apart.")
    active = [entity for entity in known if entity.state == "active"]
    parted = _in_order(clusters, source)
    at = {record: n for n, members in enumerate(parted) for record in members}
    if len(at) != sum(map(len, parted)):
        raise StopRun("a record stands in two clusters. Correct the partition.")
    living = {entity.entity_id for entity in active}
    named = _by_overlap(_as_before(known, restore or {}), at)
    named |= _by_overlap(_left(active, named), at, taken=named)
    named |= _revived(_left((entity for entity in known if entity.state != "active"), named), at, taken=named)
    kept = {n: name for n, name in named.items() if name in living}
    revived = {n: name for n, name in named.items() if name not in living}
    minted = _minted(entity_type, parted, source, taken=named)
    named |= {n: new.entity_id for n, new in minted.items()}
    changes = _changes(active, parted, named, kept=kept, revived=revived, minted=minted)
    return replace(changes, rerouted=_rerouted(known, changes))


def _in_order(clusters: Iterable[Iterable[str]], source: Mint) -> list[list[str]]:
    """The clusters by their anchor, and the anchor, the record seen first, at the head of each."""
    seen = source.first_seen
    parted = []
    for cluster in clusters:
        members = list(cluster)
        if len(members) > 1:
            members.sort(key=lambda record: (seen[record], record))
        parted.append(members)
    return sorted(parted, key=lambda members: (seen[members[0]], members[0]))


def _as_before(known: Iterable[Entity], restore: Mapping[str, Collection[str]]) -> list[Entity]:
    """The entities to be restored, as if they had the records that they are given back."""
    return [
        replace(entity, members=frozenset(restore[entity.entity_id])) for entity in known if entity.entity_id in restore
    ]


def _left(entities: Iterable[Entity], named: Mapping[int, str]) -> list[Entity]:
    spent = set(named.values())
    return [entity for entity in entities if entity.entity_id not in spent]


def _by_overlap(entities: Iterable[Entity], at: Mapping[str, int], *, taken: Collection[int] = ()) -> dict[int, str]:
    """One id for each cluster and one cluster for each id, the greatest overlap first."""
    bids = []
    for entity in entities:
        home = at.get(entity.anchor_record)
        for n, shared in Counter(at[record] for record in entity.members if record in at).items():
            if n not in taken:
                bids.append((-shared, entity.born_seq, entity.entity_id, n != home, n))
    return _greedy((n, entity_id) for _, _, entity_id, _, n in sorted(bids))


def _revived(retired: Iterable[Entity], at: Mapping[str, int], *, taken: Collection[int]) -> dict[int, str]:
    """Retired ids for clusters that have none and hold all that is left of an id's last records."""
    bids = []
    for entity in retired:
        homes = Counter(at[record] for record in entity.members if record in at)
        if len(homes) == 1 and (n := next(iter(homes))) not in taken:
            bids.append((-homes[n], entity.born_seq, entity.entity_id, n))
    return _greedy((n, entity_id) for _, _, entity_id, n in sorted(bids))


def _greedy(bids: Iterable[tuple[int, str]]) -> dict[int, str]:
    chosen: dict[int, str] = {}
    spent: set[str] = set()
    for n, entity_id in bids:
        if n not in chosen and entity_id not in spent:
            chosen[n] = entity_id
            spent.add(entity_id)
    return chosen


def _minted(
    entity_type: EntityType, parted: Sequence[list[str]], source: Mint, *, taken: Mapping[int, str]
) -> dict[int, Minted]:
    minted = {}
    for n, members in enumerate(parted):
        if n not in taken:
            incarnation = source.incarnations.get(members[0], 0)
            minted[n] = Minted(
                entity_id=mint(source.tenant_key, entity_type, members[0], incarnation),
                anchor_record=members[0],
                incarnation=incarnation,
                members=frozenset(members),
            )
    return minted


def _changes(
    active: Sequence[Entity],
    parted: Sequence[list[str]],
    named: Mapping[int, str],
    *,
    kept: Mapping[int, str],
    revived: Mapping[int, str],
    minted: Mapping[int, Minted],
) -> Changes:
    entity_of = {record: named[n] for n, members in enumerate(parted) for record in members}
    was = {record: entity.entity_id for entity in active for record in entity.members}
    survivors = set(kept.values())
    merged, retired, split = [], [], []
    for entity in active:
        went = Counter(entity_of[record] for record in entity.members if record in entity_of)
        if entity.entity_id not in survivors and went:
            heir = min(went, key=lambda entity_id: (-went[entity_id], entity_id))
            merged.append(Redirect(from_id=entity.entity_id, to_id=heir))
        elif entity.entity_id not in survivors:
            retired.append(entity.entity_id)
        if len(went) > 1:
            split.append(Split(entity_id=entity.entity_id, into=tuple(sorted(went))))
    return Changes(
        entity_of=entity_of,
        minted=tuple(minted[n] for n in sorted(minted)),
        kept=tuple(sorted(survivors)),
        merged=tuple(merged),
        split=tuple(split),
        revived=tuple(sorted(revived.values())),
        rerouted=(),
        retired=tuple(retired),
        moves=_moves(was, entity_of),
    )


def _rerouted(known: Iterable[Entity], changes: Changes) -> tuple[Redirect, ...]:
    """A redirect says where an id's records went: when all of them have gone on, it goes after them."""
    merged = {each.from_id: each.to_id for each in changes.merged}
    found = []
    for entity in known:
        if entity.leads_to is None or entity.entity_id in changes.revived:
            continue
        homes = Counter(changes.entity_of[record] for record in entity.members if record in changes.entity_of)
        if homes and merged.get(entity.leads_to, entity.leads_to) not in homes:
            heir = min(homes, key=lambda entity_id: (-homes[entity_id], entity_id))
            found.append(Redirect(from_id=entity.entity_id, to_id=heir))
    return tuple(found)


def _moves(was: Mapping[str, str], entity_of: Mapping[str, str]) -> tuple[Move, ...]:
    moved = [record for record, entity_id in entity_of.items() if was.get(record) != entity_id]
    gone = [record for record in was if record not in entity_of]
    return tuple(
        Move(record_id=record, from_id=was.get(record), to_id=entity_of.get(record))
        for record in sorted((*moved, *gone))
    )
