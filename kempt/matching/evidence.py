"""What the partition is decided from: records, scored pairs, and what stewards said about pairs."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import duckdb

from kempt.matching.columns import quoted
from kempt.matching.weights import MICRO
from kempt.records.model import ObjectType

Tie = Literal["apart", "ask"]


class Record(NamedTuple):
    """A record as clustering sees it: no value of a person."""

    record_id: str
    object_type: ObjectType
    source: str


class Pair(NamedTuple):
    """A compared pair: its weight in millionths of a bit, and whether a constraint keeps it apart or asks."""

    left: str
    right: str
    micro_bits: int
    tie: Tie | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardLinks:
    """What stewards said: pairs of records that are one entity, and pairs that are not."""

    must: frozenset[tuple[str, str]] = frozenset()
    cannot: frozenset[tuple[str, str]] = frozenset()


def read_records(connection: duckdb.DuckDBPyConnection, relation: str) -> list[Record]:
    """Every record of a relation, in the order of their ids."""
    rows = connection.execute(f"select record_id, object_type, source from {quoted(relation)} order by all").fetchall()
    return list(map(Record._make, rows))


def read_pairs(connection: duckdb.DuckDBPyConnection, relation: str, only: str | None = None) -> list[Pair]:
    """Every compared pair of a relation as ScoredPairs describes it, in the order of its ids.

    `only` those of which both records are in another relation, by their numbers.
    """
    ids, listed = "left_id, right_id", ""
    if only is not None:
        ids = "one.record_id as left_id, other.record_id as right_id"
        listed = "".join(
            f" join {quoted(only)} as {end} on {end}.number = {side}_number"
            for end, side in (("one", "left"), ("other", "right"))
        )
    rows = connection.execute(
        f"""
        select {ids}, cast(bits * {MICRO} as bigint),
            case when conflict is not null then 'apart' when doubt is not null then 'ask' end
        from {quoted(relation)} {listed} order by left_id, right_id
        """
    ).fetchall()
    return list(map(Pair._make, rows))
