"""What was learned of undescribed files, frozen: it describes, pairs and weighs other records just as it did these."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.errors import StopRun
from kempt.matching.artifact import Artifact
from kempt.matching.calibration import IDENTITY, Calibration
from kempt.matching.conditions import Condition
from kempt.matching.kernel.blocks import Rule
from kempt.matching.kernel.columns import Columns
from kempt.matching.plan import Comparison, Outcome
from kempt.matching.profile.describe import Description, describe
from kempt.matching.profile.known import Known, counted, counts_in
from kempt.matching.profile.look import Looked, look_again
from kempt.matching.training.chances import Chances
from kempt.matching.training.ground import Ground
from kempt.matching.training.shares import Shares
from kempt.matching.training.train import Learned

KIND = "files"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileModel:
    """Everything that decides what two records weigh, and which are compared, but the records."""

    comparisons: tuple[Comparison, ...]
    learned: Learned
    known: Known
    shares: Mapping[str, Shares]
    rules: tuple[Rule, ...]
    """The keys by which pairs are found, one or two that records share, and how many of them may."""
    scales: tuple[float, ...] = ()
    """How much rarity counts in each comparison, where labels told."""
    calibration: Calibration = IDENTITY
    report: Mapping[str, Any] = field(default_factory=dict)

    def describe(self, connection: duckdb.DuckDBPyConnection, table: pa.Table) -> Description:
        """Other records as the model knows them. Raises StopRun where they lack columns."""
        if missing := [name for name in self.known.columns if name not in table.column_names]:
            raise StopRun(
                f"the model compares {', '.join(missing)}, and the files have no such column. They have: "
                f"{', '.join(table.column_names[:20])}. Say which one it is with --map COLUMN={missing[0]}, "
                "or learn a model from these files, without --model."
            )
        found = describe(connection, table, {}, self.known)
        return Description(
            readings=found.readings,
            columns=found.columns,
            comparisons=self.comparisons,
            keys=found.keys,
            known=self.known,
        )

    def ground(self, description: Description) -> Ground:
        """Records that were described, with the weights of the model."""
        columns = Columns.of(description.columns)
        return Ground(columns=columns, comparisons=self.comparisons, known=self.shares, scales=self.scales)

    def look(self, description: Description, records: int) -> Looked:
        """The pairs to compare."""
        return look_again(description.keys, records, self.rules)

    def as_artifact(self) -> Artifact:
        """The model as it is kept."""
        content = {
            "describes": self.known.as_json(),
            "comparisons": [_comparison(each) for each in self.comparisons],
            "prior": self.learned.prior,
            "m": _chances(self.learned.match),
            "u": _chances(self.learned.other),
            "frequencies": {name: {"given": each.given, "squares": each.squares} for name, each in self.shares.items()},
            "scales": list(self.scales),
            "blocking": [{"keys": list(rule.columns), "most": rule.max_block} for rule in self.rules],
        }
        values = [counted("value", name, each.counts) for name, each in self.shares.items()]
        table = pa.concat_tables([self.known.as_table(), *values])
        ordered = table.sort_by([(name, "ascending") for name in ("what", "of_column", "value")])
        return Artifact(
            kind=KIND, content=content, table=ordered, calibration=self.calibration.as_json(), report=self.report
        )

    @classmethod
    def of(cls, artifact: Artifact) -> "FileModel":
        """The model that was kept. Raises StopRun for one of another kind."""
        if artifact.kind == "policy":
            raise StopRun("this model is a policy with what one run counted. Name the policy itself: --policy FILE.")
        if artifact.kind != KIND:
            raise StopRun(
                f"this is a model of a tenant's {artifact.kind} records. `kempt match` takes one that it wrote itself."
            )
        told, table = artifact.content, artifact.table
        return cls(
            comparisons=tuple(_read_comparison(each) for each in told["comparisons"]),
            learned=Learned(prior=told["prior"], match=_read(told["m"]), other=_read(told["u"])),
            known=Known.read(told["describes"], table),
            shares={
                name: Shares(counts=counts_in(table, "value", name), given=each["given"], squares=each["squares"])
                for name, each in told["frequencies"].items()
            },
            rules=tuple(Rule(columns=tuple(each["keys"]), max_block=each["most"]) for each in told["blocking"]),
            scales=tuple(told["scales"]),
            calibration=Calibration.from_json(artifact.calibration) if artifact.calibration else IDENTITY,
            report=artifact.report,
        )


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "name": comparison.name,
        "levels": [
            {**asdict(outcome), "when": [asdict(each) for each in outcome.when]} for outcome in comparison.outcomes
        ],
    }


def _read_comparison(told: Mapping[str, Any]) -> Comparison:
    def outcome(level: Mapping[str, Any]) -> Outcome:
        when = tuple(Condition(**each) for each in level["when"])
        return Outcome(**{**level, "when": when, "frequency_of": tuple(level["frequency_of"])})

    return Comparison(name=told["name"], outcomes=tuple(map(outcome, told["levels"])))


def _chances(chances: Chances) -> dict[str, Any]:
    """Chances as log2; what depends on another comparison names it by its place."""
    return {
        "alone": [table.tolist() for table in chances.alone],
        "given": _tables(chances.given),
        "surprise": _tables(chances.surprise),
    }


def _tables(tables: Sequence[Sequence[tuple[int, NDArray[np.float64]]]]) -> list[Any]:
    return [[[other, table.tolist()] for other, table in each] for each in tables]


def _read(kept: Mapping[str, Any]) -> Chances:
    def tables(name: str) -> tuple[tuple[tuple[int, NDArray[np.float64]], ...], ...]:
        return tuple(tuple((other, np.array(table)) for other, table in each) for each in kept[name])

    return Chances(
        alone=tuple(np.array(table) for table in kept["alone"]), given=tables("given"), surprise=tables("surprise")
    )
