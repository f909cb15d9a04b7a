"""A match policy written for files: the language of policies/matching, over columns that are known only later.

Two things are more than a tenant's policy says: a level may tell of what kind it is (`tells`), as the band `auto` asks,
and `cosine` compares texts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pydantic

from kempt.errors import StopRun
from kempt.matching.engine import MatchEngine
from kempt.matching.engines.named import engine_named
from kempt.matching.kernel.library import MAX_RULES
from kempt.matching.load import Place, not_offered, refuse
from kempt.matching.plan import Comparison, Outcome, Tells
from kempt.matching.spec import Comparison as SpecComparison
from kempt.matching.spec import Level, MatchSpec
from kempt.strict_yaml import Node, build, load


class FileLevel(Level, frozen=True):
    """A level that also says of what kind its evidence is."""

    tells: Tells = "nothing"


class FileComparison(SpecComparison, frozen=True):
    """Its first level is that a record says nothing."""

    levels: Annotated[tuple[FileLevel, ...], pydantic.Field(min_length=2)]


class FileSpec(MatchSpec, frozen=True):
    """How records of files are compared; which columns they have is known when the files are read."""

    comparisons: Annotated[tuple[FileComparison, ...], pydantic.Field(min_length=1)]

    @property
    def available(self) -> tuple[str, ...]:
        """What it reads: nothing is refused before the files are there."""
        return tuple(sorted(self.columns_read))

    @property
    def described(self) -> tuple[Comparison, ...]:
        """The comparisons as reports show them."""
        return tuple(
            Comparison(
                name=comparison.name,
                outcomes=tuple(
                    Outcome(
                        name=level.id,
                        says=level.says,
                        when=level.conditions,
                        expected=0.0,
                        frequency_of=level.frequency_of,
                        tells=level.tells,
                    )
                    for level in comparison.levels
                ),
            )
            for comparison in self.comparisons
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePolicy:
    """A policy that was read, where everything in it stands, and what compares as it says."""

    path: Path
    tree: Node
    spec: FileSpec
    engine: MatchEngine


def load_policy(path: Path, engine: str | None = None, spark_url: str | None = None) -> FilePolicy:
    """The policy of a file, for an engine or else the one that it names.

    Raises StopRun, with lines, for what no engine could do whatever the files hold.
    """
    tree = load(path)
    spec = build(FileSpec, tree, str(path))
    try:
        chosen = engine_named(engine or spec.engine, spark_url)
    except StopRun as error:
        raise StopRun(f"{path}:{tree.line_of(('engine',))}: {error}") from None
    # Texts of files have the vectors that a tenant's columns lack.
    refuse(path, tree, not_offered(spec, chosen.name, chosen.comparators | {"cosine"}))
    refuse(path, tree, _unfit(spec))
    return FilePolicy(path=path, tree=tree, spec=spec, engine=chosen)


def _unfit(spec: FileSpec) -> Iterator[tuple[Place, str]]:
    for at, comparison in enumerate(spec.comparisons):
        first = comparison.levels[0]
        if not first.when or any(each.comparator != "missing" for each in first.conditions):
            yield (
                ("comparisons", at, "levels", 0),
                f"comparison '{comparison.name}' begins with '{first.id}'. Its first level must be that a record says "
                "nothing, as in {id: unknown, says: it is not known, bits: 0, when: {"
                f"{_first_column(comparison)}: missing}}}}. Put one before it.",
            )
    for what, found, most in (
        ("comparisons", spec.comparisons, MAX_RULES),
        ("constraints", spec.constraints, MAX_RULES),
    ):
        if len(found) > most:
            yield (what,), f"{len(found)} {what} do not fit into one pattern. Keep {most}, or put some into one."
    patterns = 1
    for at, comparison in enumerate(spec.comparisons):
        patterns *= len(comparison.levels)
        if patterns >= 2**64:
            yield (
                ("comparisons", at),
                "with this one there are more than 2^64 outcomes, which do not fit. Drop levels.",
            )
            return


def _first_column(comparison: FileComparison) -> str:
    return next((each.column for level in comparison.levels for each in level.conditions), "COLUMN")
