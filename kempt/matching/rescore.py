"""Scored pairs brought up to date: compared again is what a change can have changed, and nothing else.

What stays between runs, in tables named after the entity type:

    TYPE_seen         each record's number, digest and component of possible links, as of the last run
    TYPE_key          the key of each blocking rule that a record has, as (rule, key, number)
    TYPE_full         those of its rows whose block is over its cap
    TYPE_pair         the scored pairs, as ScoredPairs describes them, with the numbers of TYPE_seen
    TYPE_gone         the records that a run found gone, and its revision
    TYPE_generic, TYPE_frequency    the frozen tables of the model
    match_state       a row for each type: the model, what the tables were written by, and the report

The outcome is that of comparing all records with the same model. A record is compared anew with everything that shares
a block with it when it is new or says something else, and when a block that it is in comes to cross its cap, up or
down. Inside the components that these records are in, or were in, every two are compared again where that is missing.
Keys and digests are 64 bits wide: that two values share one is possible, and less likely than one in a million for a
million records; it would make one pair more, or hide one change.

Of what did not change, columns of numbers are read whole, and what the records say that a change involves; rows are
written only where something is otherwise than it was. A record that changes gets a new number, so that what is written
under the old one does not have to be looked for.
"""

from dataclasses import dataclass, replace
from typing import Literal

import duckdb
import numpy as np

from kempt.matching import changes, surroundings, tables
from kempt.matching.engine import MatchEngine
from kempt.matching.feed import Feed
from kempt.matching.kernel.clusters import connect
from kempt.matching.model import Model, count, forget_generic, kept_as, learned_by
from kempt.matching.scoring import (
    compiled,
    inside,
    kept_apart,
    may_link,
    missing_inside,
    score_records,
    write_pairs,
)
from kempt.matching.spec import MatchSpec
from kempt.matching.state import Report, State, move_on, open_state, read_state, state_of, write_state, written_by
from kempt.matching.stored import write_all, write_change

# Beyond this share of the records it costs less to compare all.
MOST_IN_PART = 1 / 5

Scope = Literal["nothing", "change", "everything", "everything with a new model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """What there is now, and what this run compared for it."""

    report: Report
    model: str
    scope: Scope
    records_read: Literal["changed", "all"]
    """Of what records: those that the feed named, or all because no feed reached back to the last run."""
    records_compared: int
    """Records that were compared with all that share a block with them."""
    pairs_compared: int


def rescore(
    connection: duckdb.DuckDBPyConnection,
    spec: MatchSpec,
    relation: str,
    engine: MatchEngine,
    feed: Feed | None = None,
) -> Rescored:
    """Brings the pairs of a relation of records up to date.

    The first run learns a model, and so does one whose spec says otherwise what is to be learned. Without a feed that
    reaches back to the last run all records are read to find what changed.
    """
    open_state(connection)
    state = read_state(connection, spec.entity_type)
    # Before anything is read: what changes meanwhile is for the next run.
    place = feed.here() if feed else None
    if state is None or state.model is None or state.learned_by != learned_by(spec):
        return _everything(connection, spec, relation, engine, None, state, place)
    kind = spec.entity_type
    model = Model(version=state.model, generic=f"{kind}_generic", frequency=f"{kind}_frequency")
    if state.spec != spec.version:
        model = kept_as(connection, spec, generic=model.generic, frequency=model.frequency)
    elif state.written_by == written_by(spec):
        told = feed is not None and state.place is not None and feed.changes_since(state.place, "kempt_told")
        changed = changes.find_changed(connection, spec, relation, "kempt_told" if told else None, state.next_number)
        if changed == 0:
            if place != state.place:
                move_on(connection, kind, place)
            return _rescored(state, "nothing", told)
        if changed <= state.report.records * MOST_IN_PART:
            return _change(connection, spec, relation, engine, model, state, place, told)
    return _everything(connection, spec, relation, engine, model, state, place)


def forget_model(connection: duckdb.DuckDBPyConnection) -> None:
    """The next run makes a new model of each entity type, and compares and clusters everything with it."""
    open_state(connection)
    connection.execute("update match_state set model_version = null")


def _everything(
    connection: duckdb.DuckDBPyConnection,
    spec: MatchSpec,
    relation: str,
    engine: MatchEngine,
    model: Model | None,
    before: State | None,
    place: str | None,
) -> Rescored:
    """Compares all records and writes all tables anew."""
    scored = score_records(connection, spec, relation, engine, model)
    revision = before.revision + 1 if before else 1
    connection.execute("begin")
    report = write_all(connection, spec, scored, learned=model is None, revision=revision)
    state = state_of(spec, scored.model, revision, scored.records, place, report)
    write_state(connection, spec.entity_type, state, settle_all=True)
    connection.execute("commit")
    scope: Scope = "everything with a new model" if model is None else "everything"
    return _rescored(state, scope, False, scored.records, scored.pairs)


def _change(
    connection: duckdb.DuckDBPyConnection,
    spec: MatchSpec,
    relation: str,
    engine: MatchEngine,
    model: Model,
    before: State,
    place: str | None,
    told: bool,
) -> Rescored:
    """Compares what the records of kempt_change touch."""
    connection.execute(tables.usable_records(spec, "kempt_change"))
    forget_generic(connection, spec, model)
    not_made = changes.find_reopened(connection, spec)
    changes.find_candidates(connection, spec)
    changes.read_involved(connection, spec, relation)
    forget_generic(connection, spec, model)
    ids, plan = compiled(connection, spec, model)
    around = surroundings.read_surroundings(connection, spec)
    known, made = around.known, around.candidates
    fresh = replace(engine.score_pairs(plan, made.left, made.right), rules=made.rules.astype(np.uint64))
    new_bond = may_link(spec, fresh.bits, kept_apart(spec, fresh.broken))
    # A pair that no rule makes is there because of its component, and does not hold it together.
    old_bond = may_link(spec, known.bits, known.apart) & (known.rules != 0)
    component = connect(
        len(ids),
        np.concatenate([fresh.left[new_bond], known.left[old_bond]]),
        np.concatenate([fresh.right[new_bond], known.right[old_bond]]),
    )
    inner = missing_inside(
        spec, component, np.concatenate([fresh.left, known.left]), np.concatenate([fresh.right, known.right])
    )
    completed = engine.score_pairs(plan, *inner)
    write_pairs(connection, spec, ids, plan, fresh, completed)
    outdated = (known.rules == 0) & ~inside(spec, component, known.left, known.right)
    surroundings.find_outdated(connection, around, outdated)
    surroundings.find_resettled(connection, around, component)

    revision, numbered = before.revision + 1, count(connection, "kempt_change")
    connection.execute("begin")
    report = write_change(connection, spec, before.report, not_made, revision=revision)
    state = state_of(spec, model, revision, before.next_number + numbered, place, report)
    write_state(connection, spec.entity_type, state)
    connection.execute("commit")
    return _rescored(state, "change", told, int(around.fresh.sum()), len(fresh.left) + len(completed.left))


def _rescored(state: State, scope: Scope, told: bool, records: int = 0, pairs: int = 0) -> Rescored:
    return Rescored(
        report=state.report,
        model=str(state.model),
        scope=scope,
        records_read="changed" if told else "all",
        records_compared=records,
        pairs_compared=pairs,
    )
