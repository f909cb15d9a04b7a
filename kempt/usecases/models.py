"""A tenant's match models: the one in force, candidates that wait for approval, and what approving one would change.

A candidate is learned from the records of today and is used by nobody. Approving one has the next run compare
everything with it; rejecting one forgets it, and the model in force stays.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

import duckdb

from kempt.errors import StopRun
from kempt.ids import canonical_json
from kempt.matching import tables
from kempt.matching.artifact import Artifact
from kempt.matching.columns import quoted
from kempt.matching.model import Model, count, learn, learned_by
from kempt.matching.spec import MatchSpec
from kempt.records.model import EntityType

Specs: TypeAlias = Mapping[EntityType, MatchSpec]
"""How each entity type is compared, as today's policy says."""

LEAST_SHARE = 0.5
"""Of the values that the model in force counted, a new one must have counted so many: else records are missing."""
MOST_GENERIC, FEW = 0.2, 100
"""A column of which a larger share of so many records holds generic values is read wrongly, or not what it says."""
_CANDIDATES = """
create table if not exists match_candidate (
    entity_type varchar, version varchar, learned_by varchar, spec varchar, report varchar
)
"""
_TABLE = """
select 'generic' as what, of_column, value, null::bigint as records, null::varchar as stands_for from {generic}
union all select 'value', of_column, value, records, null from {frequency}
order by all
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """A model and where it stands: `in force`, `candidate`, or `refused` with the reasons."""

    entity_type: EntityType
    version: str
    state: str
    refused: tuple[str, ...]
    records: int
    """Given values that it counted."""
    generic_values: int


def learn_candidates(specs: Specs, lake: duckdb.DuckDBPyConnection) -> tuple[ModelState, ...]:
    """Learns a model of each entity type from the records of today and keeps it as a candidate, or says why not."""
    lake.execute(_CANDIDATES)
    for kind, spec in specs.items():
        if _in_force(lake, kind) is None:
            raise StopRun(f"there is no {kind} model yet. `kempt run` learns the first.")
        _learn(lake, spec)
    return tuple(list_models(lake))


def list_models(lake: duckdb.DuckDBPyConnection) -> Iterator[ModelState]:
    """The model in force of each entity type, and what waits."""
    for kind in get_args(EntityType):
        for state, version, refused, model in _models(lake, kind):
            yield ModelState(
                entity_type=kind, version=version, state=state, refused=refused, records=_counted(lake, model),
                generic_values=count(lake, model.generic),
            )  # fmt: skip


def model_artifact(specs: Specs, lake: duckdb.DuckDBPyConnection, version: str) -> Artifact:
    """A model by its version or the beginning of it, as a file holds it."""
    kind, (state, _, refused, model) = _found(lake, version)
    spec = specs[kind].model_dump(mode="json")
    if state != "in force":
        ((said,),) = lake.execute("select spec from match_candidate where entity_type = ?", [kind]).fetchall()
        spec = json.loads(said)
    table = lake.execute(_TABLE.format(generic=quoted(model.generic), frequency=quoted(model.frequency)))
    report = {"state": state, "refused": list(refused), "model": model.version}
    return Artifact(kind=kind, content={"spec": spec}, table=table.to_arrow_table(), report=report)


def compare_models(lake: duckdb.DuckDBPyConnection, version: str) -> list[dict[str, Any]]:
    """What a candidate counted otherwise than the model in force: a row for each column, no values in it."""
    kind, (_, _, _, new) = _found(lake, version)
    old = _model(kind, "")
    rows = lake.execute(
        f"""
        with generic as (
            select coalesce(o.of_column, n.of_column) as of_column, count(*) filter (o.value is null) as more_generic,
                count(*) filter (n.value is null) as less_generic
            from {quoted(old.generic)} o full join {quoted(new.generic)} n using (of_column, value) group by 1
        ),
        counted as (
            select coalesce(o.of_column, n.of_column) as of_column, count(*) filter (o.value is null) as new_values,
                count(*) filter (n.value is null) as lost_values,
                coalesce(max(abs(log2(n.records / o.records))), 0) as most_bits
            from {quoted(old.frequency)} o full join {quoted(new.frequency)} n using (of_column, value) group by 1
        )
        select of_column, coalesce(more_generic, 0) as more_generic, coalesce(less_generic, 0) as less_generic,
            coalesce(new_values, 0) as new_values, coalesce(lost_values, 0) as lost_values,
            round(coalesce(most_bits, 0), 2) as most_bits
        from generic full join counted using (of_column) order by of_column
        """
    )
    names = [each[0] for each in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def waiting_model(lake: duckdb.DuckDBPyConnection, spec: MatchSpec) -> Model | None:
    """The candidate that may be approved, if one waits that was learned as the policy says today."""
    for state, _, _, model in _models(lake, spec.entity_type):
        if state == "candidate":
            ((learned,),) = lake.execute(
                "select learned_by from match_candidate where entity_type = ?", [spec.entity_type]
            ).fetchall()
            return model if learned == learned_by(spec) else None
    return None


def approve_model(specs: Specs, lake: duckdb.DuckDBPyConnection, version: str) -> ModelState:
    """The next run compares everything with this candidate. StopRun for one that was refused or is out of date."""
    kind, (state, full, refused, new) = _found(lake, version)
    if state != "candidate":
        why = f"was refused: {'; '.join(refused)}" if refused else "is in force already"
        raise StopRun(f"the {kind} model {full[:12]} {why}. `kempt model list` shows what may be approved.")
    if waiting_model(lake, specs[kind]) is None:
        raise StopRun(
            f"the {kind} model {full[:12]} was learned by another policy than today's. Learn anew: kempt model learn."
        )
    old = _model(kind, "")
    lake.execute("begin")
    for name in ("generic", "frequency"):
        lake.execute(f"create or replace table {getattr(old, name)} as from {getattr(new, name)}")
    # Written by nobody: the next run takes nothing over from pairs that another model weighed.
    lake.execute("update match_state set model_version = ?, written_by = '' where entity_type = ?", [full, kind])
    _forget(lake, kind)
    lake.execute("commit")
    return next(each for each in list_models(lake) if each.entity_type == kind)


def reject_model(lake: duckdb.DuckDBPyConnection, version: str) -> None:
    """Forgets a candidate; the model in force stays."""
    kind, (state, full, _, _) = _found(lake, version)
    if state == "in force":
        raise StopRun(f"the {kind} model {full[:12]} is in force. Approve another in its place; it cannot be rejected.")
    lake.execute("begin")
    _forget(lake, kind)
    lake.execute("commit")


def _learn(lake: duckdb.DuckDBPyConnection, spec: MatchSpec) -> None:
    kind = spec.entity_type
    lake.execute(tables.usable_records(spec, f"{kind}_features"))
    learned, new = learn(lake, spec), _model(kind, "candidate_")
    refused = list(_objections(lake, spec, learned))
    if learned.version == _in_force(lake, kind):
        refused = ["it is the same as the model in force"]
    lake.execute("begin")
    _forget(lake, kind)
    for name in ("generic", "frequency"):
        lake.execute(f"create or replace table {getattr(new, name)} as from {getattr(learned, name)}")
    told = [learned.version, learned_by(spec), canonical_json(spec.model_dump(mode="json")).decode()]
    lake.execute("insert into match_candidate values (?, ?, ?, ?, ?)", [kind, *told, json.dumps(refused)])
    lake.execute("commit")


def _objections(lake: duckdb.DuckDBPyConnection, spec: MatchSpec, learned: Model) -> Iterator[str]:
    """Why a model may not be used. kempt_record holds the records without the values that it found generic."""
    before, now = _counted(lake, _model(spec.entity_type, "")), _counted(lake, learned)
    if now < LEAST_SHARE * before:
        yield f"it counted {now:,} values where the model in force counted {before:,}: records seem to be missing"
    for generic in spec.generic:
        column = quoted(generic.column)
        ((lost, given),) = lake.execute(
            f"select count(*) filter (now.{column} is null), count(*) from {spec.entity_type}_features as every "
            f"join kempt_record as now using (record_id) where every.{column} is not null"
        ).fetchall()
        if given >= FEW and lost > MOST_GENERIC * given:
            yield f"{lost / given:.0%} of the records with {generic.column} have a value that it takes for generic"


def _models(lake: duckdb.DuckDBPyConnection, kind: EntityType) -> Iterator[tuple[str, str, tuple[str, ...], Model]]:
    if (version := _in_force(lake, kind)) is not None:
        yield "in force", version, (), _model(kind, "", version)
    if not _is_there(lake, "match_candidate"):
        return
    rows = lake.execute("select version, report from match_candidate where entity_type = ?", [kind]).fetchall()
    for found, report in rows:
        refused = tuple(json.loads(report))
        yield ("refused" if refused else "candidate"), found, refused, _model(kind, "candidate_", found)


def _found(lake: duckdb.DuckDBPyConnection, version: str) -> tuple[EntityType, tuple[str, str, tuple[str, ...], Model]]:
    found = [
        (kind, each) for kind in get_args(EntityType) for each in _models(lake, kind) if each[1].startswith(version)
    ]
    # A candidate that says what the model in force says has its version.
    if len({each[1] for _, each in found}) != 1:
        known = ", ".join(each.version[:12] for each in list_models(lake)) or "none"
        raise StopRun(f"there is no one model {version}. Models: {known}.")
    return found[-1]


def _in_force(lake: duckdb.DuckDBPyConnection, kind: EntityType) -> str | None:
    if not _is_there(lake, "match_state"):
        return None
    row = lake.execute("select model_version from match_state where entity_type = ?", [kind]).fetchone()
    return str(row[0]) if row and row[0] is not None else None


def _model(kind: EntityType, which: str, version: str = "") -> Model:
    return Model(version=version, generic=f"{kind}_{which}generic", frequency=f"{kind}_{which}frequency")


def _counted(lake: duckdb.DuckDBPyConnection, model: Model) -> int:
    row = lake.execute(f"select coalesce(sum(records), 0)::bigint from {quoted(model.frequency)}").fetchone()
    return int(row[0]) if row else 0


def _is_there(lake: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(lake.execute("select 1 from duckdb_tables() where table_name = ?", [table]).fetchall())


def _forget(lake: duckdb.DuckDBPyConnection, kind: EntityType) -> None:
    lake.execute("delete from match_candidate where entity_type = ?", [kind])
