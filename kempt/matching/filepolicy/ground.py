"""The records of files as a policy compares them: what counts, what it weighs, and the model that keeps both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kempt.errors import StopRun
from kempt.matching import tables
from kempt.matching.artifact import Artifact
from kempt.matching.columns import quoted
from kempt.matching.engine import Plan
from kempt.matching.filepolicy.features import Feature, usable_table
from kempt.matching.filepolicy.spec import FileSpec
from kempt.matching.kernel.blocks import Rule
from kempt.matching.kernel.columns import Column, Vectors
from kempt.matching.kernel.library import MAX_RULES
from kempt.matching.kernel.program import Program
from kempt.matching.kernel.runs import scores_of_pairs
from kempt.matching.kernel.weights import Weights
from kempt.matching.model import Model, forget_generic, generic_counts, learn
from kempt.matching.profile.known import Known
from kempt.matching.scoring import plan_of
from kempt.matching.training.chances import Chances
from kempt.matching.training.ground import Ground
from kempt.matching.training.train import Learned

KIND = "policy"
_COUNTED = """
select 'generic' as what, of_column, value, null::bigint as records, null::varchar as stands_for from {generic}
union all select 'counted', of_column, value, records, null from {frequency}
order by all
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class PolicyGround(Ground):
    """Records and what a policy says of them; nothing about them was learned."""

    compiled: Plan

    @property
    def program(self) -> Program:
        """The comparisons and constraints as the kernel runs them."""
        return self.compiled.program

    def weights(self, learned: Learned) -> Weights:
        """What every outcome weighs, as the policy says."""
        return self.compiled.weights

    def plan(self, learned: Learned, rules: tuple[Rule, ...] = (), keys: dict[str, Column] | None = None) -> Plan:
        """The policy's plan."""
        return self.compiled

    def broken(self, left: int, right: int) -> int:
        """One bit for each constraint whose conditions hold between two records."""
        found = scores_of_pairs(self.program, self.compiled.weights, np.array([left]), np.array([right]))
        return int(found.broken[0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compiled:
    """The ground, what of it is the records' and not the policy's, and how many values of each column are generic."""

    ground: PolicyGround
    counted: pa.Table
    """How many records have each value whose frequency counts, and which values are generic."""
    generic_values: Mapping[str, int]


def compile_policy(
    connection: duckdb.DuckDBPyConnection,
    spec: FileSpec,
    features: Mapping[str, Feature],
    records: int,
    counted: pa.Table | None = None,
) -> Compiled:
    """The records, in their order, as a policy that names only these features compares them.

    What was `counted` before stands; else it is counted from these records.
    """
    ids = pa.array([f"{n:010}" for n in range(records)])
    described = usable_table(features, spec.text_columns, ids, flags=any(each.when for each in spec.unusable))  # noqa: F841, read by DuckDB
    connection.execute("create or replace temp table kempt_described as from described")
    connection.execute(tables.usable_records(spec, "kempt_described"))
    if counted is None:
        model = learn(connection, spec)
    else:
        model = _counted_before(connection, counted)
        forget_generic(connection, spec, model)
    plan = plan_of(connection, spec, model, _usable(connection, spec, features))
    statement = _COUNTED.format(generic=quoted(model.generic), frequency=quoted(model.frequency))
    return Compiled(
        ground=PolicyGround(columns=plan.columns, comparisons=spec.described, compiled=plan),
        counted=connection.execute(statement).to_arrow_table(),
        generic_values=generic_counts(connection, spec, model),
    )


def weighs(spec: FileSpec) -> Learned:
    """What the policy says each outcome weighs, where reports look for what was learned."""
    bits = tuple(np.array([level.weight for level in each.levels]) for each in spec.comparisons)
    none: tuple[tuple[Any, ...], ...] = ((),) * len(bits)
    return Learned(
        match=Chances(alone=bits, given=none, surprise=none),
        other=Chances(alone=tuple(np.zeros(len(each)) for each in bits), given=none, surprise=none),
        prior=spec.prior,
    )


def artifact_of(spec: FileSpec, known: Known, counted: pa.Table, report: Mapping[str, Any]) -> Artifact:
    """The policy and what it counted, as one file."""
    content = {"policy": spec.model_dump(mode="json"), "describes": known.as_json()}
    table = pa.concat_tables([known.as_table(), counted.cast(known.as_table().schema)])
    return Artifact(kind=KIND, content=content, table=table, report=report)


def read_artifact(artifact: Artifact) -> tuple[FileSpec, Known, pa.Table]:
    """The policy, what describes the records, and what it counted of them."""
    table = artifact.table
    counted = pa.concat_tables([table.filter(pc.equal(table["what"], what)) for what in ("generic", "counted")])
    spec = FileSpec.model_validate(artifact.content["policy"])
    return spec, Known.read(artifact.content["describes"], table), counted


def _counted_before(connection: duckdb.DuckDBPyConnection, counted: pa.Table) -> Model:
    connection.execute(
        "create or replace temp table kempt_generic as select of_column, value from counted where what = 'generic';"
        "create or replace temp table kempt_frequency as "
        "select of_column, value, records from counted where what = 'counted'"
    )
    return Model(version="", generic="kempt_generic", frequency="kempt_frequency")


def _usable(
    connection: duckdb.DuckDBPyConnection, spec: FileSpec, features: Mapping[str, Feature]
) -> Mapping[str, Column]:
    """The columns without the values that do not count; those with texts keep what `cosine` compares."""
    starts = {f"{name}:{letters}" for rule in spec.blocking for name, letters in rule.keys if letters is not None}
    if len(spec.text_columns) + len(starts) > MAX_RULES:
        raise StopRun(
            f"the policy reads {len(spec.text_columns)} columns, and {len(starts)} by their first letters. Together up "
            f"to {MAX_RULES} fit: leave some out."
        )
    names = ", ".join(map(quoted, spec.text_columns))
    table = connection.execute(f"select {names} from kempt_record order by n").to_arrow_table()
    return {name: _with_vectors(Column.of(table.column(name)), features[name].column) for name in spec.text_columns}


def _with_vectors(column: Column, described: Column) -> Column:
    """The column with the sparse vectors that its values have in another."""
    known = described.vectors
    if known is None:
        return column
    code = column.codes_in(described)
    lengths = np.diff(known.starts)[code]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    at = np.arange(starts[-1]) + np.repeat(known.starts[code] - starts[:-1], lengths)
    return column.with_vectors(Vectors(starts=starts, tokens=known.tokens[at]))
