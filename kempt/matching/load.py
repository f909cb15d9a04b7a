"""Reading a match spec: what its engine cannot compare is refused here, with the line, not in the night's run."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from kempt.errors import StopRun
from kempt.matching.conditions import Comparator
from kempt.matching.engine import MatchEngine
from kempt.matching.engines.named import engine_named
from kempt.matching.spec import Constraint, Level, MatchSpec
from kempt.records.model import EntityType
from kempt.strict_yaml import Node, build, load

Place = tuple[str | int, ...]
"""Where something stands in a file: keys and positions, from the top."""


def load_spec(path: Path, entity_type: EntityType, engine: MatchEngine | None = None) -> MatchSpec:
    """The match spec of an entity type, checked against the engine that it names."""
    tree = load(path)
    spec = build(MatchSpec, tree, str(path))
    if spec.entity_type != entity_type:
        raise StopRun(f"{path}: entity_type is '{spec.entity_type}'. Expected '{entity_type}', as the file is named.")
    try:
        chosen = engine or engine_named(spec.engine)
    except StopRun as error:
        raise StopRun(f"{path}:{tree.line_of(('engine',))}: {error}") from None
    refuse(path, tree, not_offered(spec, chosen.name, chosen.comparators))
    return spec


def refuse(path: Path, tree: Node, objections: Iterable[tuple[Place, str]]) -> None:
    """Raises StopRun with the lines of all objections, if there are any."""
    if told := sorted({(tree.line_of(place), message) for place, message in objections}):
        raise StopRun("\n".join(f"{path}:{line}: {message}" for line, message in told))


def not_offered(spec: MatchSpec, engine: str, comparators: frozenset[Comparator]) -> Iterator[tuple[Place, str]]:
    """The place in the spec and the words for every comparator that the engine lacks."""
    for place, part, conditional in conditionals(spec):
        for condition in conditional.conditions:
            if condition.comparator not in comparators:
                offered = ", ".join(sorted(comparators))
                yield (
                    (*place, "when", condition.column),
                    (
                        f"{part} uses '{condition.comparator}', which the {engine} engine does not offer. "
                        f"It offers: {offered}. Choose one, or name another engine."
                    ),
                )


def conditionals(spec: MatchSpec) -> Iterator[tuple[Place, str, Level | Constraint]]:
    """Everything that has conditions: its place in the file, its name in a sentence, and itself."""
    for at, comparison in enumerate(spec.comparisons):
        for position, level in enumerate(comparison.levels):
            yield ("comparisons", at, "levels", position), f"comparison '{comparison.name}'", level
    for at, constraint in enumerate(spec.constraints):
        yield ("constraints", at), f"constraint '{constraint.id}'", constraint
