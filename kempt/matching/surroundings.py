"""The pairs of the records that a change involves, known and to be compared, and the components that follow."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.scoring import Numbers
from kempt.matching.spec import MatchSpec
from kempt.matching.weights import MICRO


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Pairs to compare, as numbers of involved records, left before right, with one bit per rule that makes them."""

    left: Numbers
    right: Numbers
    rules: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownPairs:
    """Pairs of involved records that stay as they are: weights in millionths of a bit."""

    left: Numbers
    right: Numbers
    rules: NDArray[np.int64]
    bits: NDArray[np.int64]
    apart: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """The involved records in the order of their ids, and the pairs between them."""

    number: NDArray[np.int64]
    """The number of each in TYPE_seen."""
    fresh: NDArray[np.bool_]
    seed: NDArray[np.bool_]
    """Fresh, or in one component with what was fresh or is gone."""
    candidates: Candidates
    known: KnownPairs


def read_surroundings(connection: duckdb.DuckDBPyConnection, spec: MatchSpec) -> Surroundings:
    """The involved records, numbered as in kempt_record, and the pairs between them; leaves kempt_place."""
    connection.execute(
        "create or replace temp table kempt_place as "
        "select n, record_id, number, fresh, seed from kempt_record join kempt_involved using (record_id)"
    )
    places = connection.execute("select number, fresh, seed from kempt_place order by n").fetchnumpy()
    made = connection.execute(
        """
        select least(a.n, b.n) as left, greatest(a.n, b.n) as right, rules
        from kempt_candidate join kempt_place as a on a.number = one join kempt_place as b on b.number = other
        """
    ).fetchnumpy()
    known = connection.execute(
        f"""
        select a.n as left, b.n as right, rules::bigint as rules, cast(bits * {MICRO} as bigint) as bits,
            conflict is not null as apart
        from {spec.entity_type}_pair
        join kempt_place as a on a.number = left_number join kempt_place as b on b.number = right_number
        where not a.fresh and not b.fresh
        """
    ).fetchnumpy()
    return Surroundings(**places, candidates=Candidates(**made), known=KnownPairs(**known))


def find_outdated(connection: duckdb.DuckDBPyConnection, around: Surroundings, outdated: NDArray[np.bool_]) -> None:
    """Takes note, as kempt_outdated, of known pairs that are no longer inside a component."""
    left, right = around.known.left[outdated], around.known.right[outdated]
    pairs = pa.table({"left_number": around.number[left], "right_number": around.number[right]})  # noqa: F841
    connection.execute("create or replace temp table kempt_outdated as from pairs")


def find_resettled(connection: duckdb.DuckDBPyConnection, around: Surroundings, component: Numbers) -> None:
    """Takes note, as kempt_resettled (n, component), of the components in which anything changed.

    Each is named by the lowest number in it.
    """
    lowest = np.full(len(component), np.iinfo(np.int32).max)
    np.minimum.at(lowest, component, around.number)
    resettled = np.flatnonzero(np.isin(component, component[around.seed]))
    settled = pa.table({"n": resettled, "component": lowest[component[resettled]]})  # noqa: F841, read below
    connection.execute("create or replace temp table kempt_resettled as from settled")
