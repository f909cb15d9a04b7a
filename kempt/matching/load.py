"""Reading a match spec: what its engine cannot compare is refused here, with the line, not in the night's run."""

from collections.abc import Iterator
from pathlib import Path

from kempt.errors import StopRun
from kempt.matching.engine import MatchEngine
from kempt.matching.engines.named import engine_named
from kempt.matching.spec import Constraint, Level, MatchSpec
from kempt.records.model import EntityType
from kempt.strict_yaml import build, load


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
    refused = [f"{path}:{tree.line_of(place)}: {message}" for place, message in _not_offered(spec, chosen)]
    if refused:
        raise StopRun("\n".join(refused))
    return spec


def _not_offered(spec: MatchSpec, engine: MatchEngine) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The place in the spec and the words for every comparator that the engine lacks."""
    for path, part, conditional in _conditionals(spec):
        for condition in conditional.conditions:
            if condition.comparator not in engine.comparators:
                offered = ", ".join(sorted(engine.comparators))
                yield (
                    (*path, "when", condition.column),
                    (
                        f"{part} uses '{condition.comparator}', which the {engine.name} engine does not offer. "
                        f"It offers: {offered}. Choose one, or name another engine."
                    ),
                )


def _conditionals(spec: MatchSpec) -> Iterator[tuple[tuple[str | int, ...], str, Level | Constraint]]:
    for at, comparison in enumerate(spec.comparisons):
        for position, level in enumerate(comparison.levels):
            yield ("comparisons", at, "levels", position), f"comparison '{comparison.name}'", level
    for at, constraint in enumerate(spec.constraints):
        yield ("constraints", at), f"constraint '{constraint.id}'", constraint
