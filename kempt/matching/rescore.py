"""Scored pairs brought up to date: compared again is what a change can have changed, and nothing else.

What stays between runs, in tables named after the entity type:

    TYPE_seen         each record's number, digest and component of possible links, as of the last run
    TYPE_key          the key of each blocking rule that a record has, as (rule, key, number)
    TYPE_pair         the scored pairs, as ScoredPairs describes them
    TYPE_generic, TYPE_frequency    the frozen tables of the model
    match_state       a row for each type: the model, what the tables were written by, and the report

The outcome is that of comparing all records with the same model. A record is compared anew with everything that shares
a block with it when it is new or says something else, and when a block that it is in comes to cross its cap, up or
down. Inside the components that these records are in, or were in, every two are compared again where that is missing.
Keys and digests are 64 bits wide: that two values share one is possible, and less likely than one in a million for a
million records; it would make one pair more, or hide one change.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa

from kempt.ids import canonical_json, digest
from kempt.matching import changes, tables
from kempt.matching.columns import quoted
from kempt.matching.engine import MatchEngine
from kempt.matching.kernel.clusters import connect
from kempt.matching.model import Model, count, forget_generic, generic_counts, kept_as, learned_by
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
from kempt.records.model import EntityType

# Beyond this share of the records it costs less to compare all.
MOST_IN_PART = 1 / 5

STATE = """
create table if not exists match_state (
    entity_type varchar, spec_version varchar, learned_by varchar, model_version varchar, written_by varchar,
    revision integer, report varchar, settled_by varchar, settled_revision integer
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All pairs of an entity type, whichever run compared them."""

    records: int
    pairs: int
    pairs_by_rule: Mapping[str, int]
    pairs_not_made: Mapping[str, int]
    """Of rules with blocks over their cap."""
    generic_values: Mapping[str, int]
    """Number of values per column that are shared by too many names."""
    components_left_out: int
    """Components too large to compare every pair in."""

    @property
    def reduction(self) -> float:
        """The share of all possible pairs that did not have to be compared."""
        possible = self.records * (self.records - 1) / 2
        return round(1 - self.pairs / possible, 6) if possible else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """What there is now, and what this run compared for it."""

    report: Report
    model: str
    scope: Literal["nothing", "change", "everything", "everything with a new model"]
    records_compared: int
    """Records that were compared with all that share a block with them."""
    pairs_compared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the last run left."""

    spec: str
    learned_by: str
    model: str | None
    written_by: str
    revision: int
    report: str


def rescore(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, relation: str, engine: MatchEngine) -> Rescored:
    """Brings the pairs of a relation of records up to date.

    The first run learns a model, and so does one whose spec says otherwise what is to be learned.
    """
    connection.execute(STATE)
    state = _state(connection, spec.entity_type)
    if state is None or state.model is None or state.learned_by != learned_by(spec):
        return _everything(connection, spec, relation, engine, None, state)
    kind = spec.entity_type
    model = Model(version=state.model, generic=f"{kind}_generic", frequency=f"{kind}_frequency")
    if state.spec != spec.version:
        model = kept_as(connection, spec, generic=model.generic, frequency=model.frequency)
    elif state.written_by == written_by(spec):
        changes.find_changed(connection, spec, relation)
        changed, known = count(connection, "kempt_change"), count(connection, f"{kind}_seen")
        if changed == 0:
            report = Report(**json.loads(state.report))
            return Rescored(report=report, model=model.version, scope="nothing", records_compared=0, pairs_compared=0)
        if changed <= known * MOST_IN_PART:
            return _change(connection, spec, relation, engine, model, state)
    return _everything(connection, spec, relation, engine, model, state)


def forget_model(connection: duckdb.DuckDBPyConnection) -> None:
    """The next run makes a new model of each entity type, and compares and clusters everything with it."""
    connection.execute(STATE)
    connection.execute("update match_state set model_version = null")


def written_by(spec: MatchSpec) -> str:
    """Changes with whatever the tables are made by."""
    texts = [tables.said(spec), tables.block_keys(spec, "n", "kempt_record"), duckdb.__version__]
    pairs = [tables.scored_table(spec, "pairs"), tables.take_in(spec, "pairs", "arriving")]
    return digest(canonical_json([*texts, *pairs]))


def _state(connection: duckdb.DuckDBPyConnection, kind: EntityType) -> State | None:
    row = connection.execute(
        "select spec_version, learned_by, model_version, written_by, revision, report from match_state "
        "where entity_type = ?",
        [kind],
    ).fetchone()
    if row is None:
        return None
    return State(spec=row[0], learned_by=row[1], model=row[2], written_by=row[3], revision=row[4], report=row[5])


def _everything(
    connection: duckdb.DuckDBPyConnection,
    spec: MatchSpec,
    relation: str,
    engine: MatchEngine,
    model: Model | None,
    state: State | None,
) -> Rescored:
    """Compares all records and writes all tables anew."""
    scored = score_records(connection, spec, relation, engine, model)
    kind, revision = spec.entity_type, state.revision + 1 if state else 1
    in_component = pa.table({"n": np.arange(scored.records), "component": scored.component})  # noqa: F841, read below
    connection.execute("begin")
    connection.execute(f"create or replace table {kind}_pair as from {quoted(scored.relation)}")
    if model is None:
        connection.execute(f"create or replace table {kind}_generic as from {scored.model.generic}")
        connection.execute(f"create or replace table {kind}_frequency as from {scored.model.frequency}")
    connection.execute(f"create or replace table {kind}_key as {tables.block_keys(spec, 'n', 'kempt_record')}")
    connection.execute(
        f"create or replace table {kind}_seen as select record_id, n as number, said, of_type as object_type, "
        f"of_source as source, component, {revision} as revision from kempt_record join in_component using (n)"
    )
    not_made = {rule.rule: rule.pairs_not_made for rule in scored.rules if rule.pairs_not_made}
    report = _report(connection, spec, scored.model, not_made)
    _write_state(connection, spec, scored.model, revision, report)
    connection.execute("commit")
    return Rescored(
        report=report,
        model=scored.model.version,
        scope="everything with a new model" if model is None else "everything",
        records_compared=scored.records,
        pairs_compared=scored.pairs,
    )


def _change(
    connection: duckdb.DuckDBPyConnection,
    spec: MatchSpec,
    relation: str,
    engine: MatchEngine,
    model: Model,
    state: State,
) -> Rescored:
    """Compares what the records of kempt_change touch."""
    connection.execute(tables.usable_records(spec, "kempt_change"))
    forget_generic(connection, spec, model)
    not_made = changes.find_reopened(connection, spec)
    changes.find_candidates(connection, spec)
    connection.execute(tables.usable_records(spec, relation, "kempt_involved"))
    forget_generic(connection, spec, model)
    ids, plan = compiled(connection, spec, model)
    around = changes.read_surroundings(connection, spec)
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
    changes.find_outdated(connection, ids, known.left[outdated], known.right[outdated])
    changes.find_resettled(connection, around, component)

    connection.execute("begin")
    changes.write(connection, spec, revision=state.revision + 1)
    before: dict[str, int] = json.loads(state.report)["pairs_not_made"]
    not_made = {rule.name: before.get(rule.name, 0) + not_made.get(rule.name, 0) for rule in spec.blocking}
    report = _report(connection, spec, model, {name: pairs for name, pairs in not_made.items() if pairs})
    _write_state(connection, spec, model, state.revision + 1, report)
    connection.execute("commit")
    return Rescored(
        report=report,
        model=model.version,
        scope="change",
        records_compared=int(around.fresh.sum()),
        pairs_compared=len(fresh.left) + len(completed.left),
    )


def _report(
    connection: duckdb.DuckDBPyConnection, spec: MatchSpec, model: Model, not_made: Mapping[str, int]
) -> Report:
    kind = spec.entity_type
    by_rule = ", ".join(f"count(*) filter ((rules >> {at}) & 1 = 1)" for at in range(len(spec.blocking)))
    pairs, *made = connection.execute(f"select count(*), {by_rule} from {kind}_pair").fetchall()[0]
    ((left_out,),) = connection.execute(
        f"select count(*) from (select component from {kind}_seen group by component having count(*) > ?)",
        [spec.gates.complete_up_to],
    ).fetchall()
    return Report(
        records=count(connection, f"{kind}_seen"),
        pairs=pairs,
        pairs_by_rule=dict(zip((rule.name for rule in spec.blocking), made, strict=True)),
        pairs_not_made=not_made,
        generic_values=generic_counts(connection, spec, model),
        components_left_out=left_out,
    )


def _write_state(
    connection: duckdb.DuckDBPyConnection, spec: MatchSpec, model: Model, revision: int, report: Report
) -> None:
    """The state of this run in the place of the last one's; what is known of the clusters stays with it."""
    made = [spec.version, learned_by(spec), model.version, written_by(spec)]
    row = [*made, revision, canonical_json(asdict(report)).decode()]
    connection.execute(
        "insert into match_state (entity_type) select $kind where $kind not in (select entity_type from match_state)",
        {"kind": spec.entity_type},
    )
    connection.execute(
        "update match_state set spec_version = ?, learned_by = ?, model_version = ?, written_by = ?, revision = ?, "
        "report = ? where entity_type = ?",
        [*row, spec.entity_type],
    )
