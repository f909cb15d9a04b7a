"""Reading a match spec: what its engine cannot compare is refused here, with the line, not in the night's run."""

from pathlib import Path

from kempt.errors import StopRun
from kempt.matching.engine import MatchEngine, not_offered
from kempt.matching.spec import MatchSpec
from kempt.records.model import EntityType
from kempt.strict_yaml import build, load


def load_spec(path: Path, entity_type: EntityType, engine: MatchEngine | None = None) -> MatchSpec:
    """The match spec of an entity type, checked against the engine that it names."""
    tree = load(path)
    spec = build(MatchSpec, tree, str(path))
    if spec.entity_type != entity_type:
        raise StopRun(f"{path}: entity_type is '{spec.entity_type}'. Expected '{entity_type}', as the file is named.")
    refused = [
        f"{path}:{tree.line_of(place)}: {message}" for place, message in not_offered(spec, engine or _engine_of(spec))
    ]
    if refused:
        raise StopRun("\n".join(refused))
    return spec


def _engine_of(spec: MatchSpec) -> MatchEngine:
    from kempt.matching.engines.duckdb import DuckDbEngine

    return {"duckdb": DuckDbEngine}[spec.engine]()
