"""The golden record: one winning value per attribute of every entity, each cell with where it came from and why."""

import duckdb

from kempt.policy.survivorship import Strategy, SurvivorshipPolicy
from kempt.records.model import EntityType
from kempt.survivorship.candidates import VOICES, candidates, quoted
from kempt.survivorship.statement import COMPOSE, LONGEST_STRATEGY_LIST
from kempt.survivorship.units import UNITS, Unit

DEFAULT_RULE = "default"
# What no rule covers is still kept, so that a new field is never blanked by accident.
DEFAULT_STRATEGIES: tuple[Strategy, ...] = ("override", "source_trust", "recency")

CELL_COLUMNS = (
    *("entity_id", "attribute", "value", "record_id", "origin", "source", "confidence", "observed_at"),
    *("rule", "strategy", "losers", "conflict"),
)


def compose(
    connection: duckdb.DuckDBPyConnection,
    *,
    entity_type: EntityType,
    members: str,
    records: str,
    claims: str,
    policy: SurvivorshipPolicy,
    target: str,
) -> int:
    """Rebuilds the table of golden cells and returns how many there are.

    `members` holds (record_id, entity_id); `records` the canonical records; `claims` what did not come from a
    source: (record_id, attribute, value, origin 'override' or 'enrichment', source, confidence, observed_at).
    A claim belongs to a record, so it follows that record when its entity is split. Hand over only claims in force.
    """
    units = UNITS[entity_type]
    statement = COMPOSE.format(
        target=quoted(target),
        claims=quoted(claims),
        members=quoted(members),
        voices=VOICES.format(records=quoted(records), members=quoted(members)),
        candidates=candidates(connection, records=records, units=units),
    )
    connection.execute(statement, {**_rules(units, policy), **_parts(units), **_worth(policy)})
    row = connection.execute(f"select count(*) from {quoted(target)}").fetchone()
    return int(row[0]) if row else 0


def _rules(units: tuple[Unit, ...], policy: SurvivorshipPolicy) -> dict[str, list[object]]:
    """One row per unit: its rule and the strategies that follow 'override', which always comes first."""
    found = [unit.rule(policy) for unit in units]
    steps = [(rule.strategies if rule else DEFAULT_STRATEGIES)[1:] for rule in found]
    rows: dict[str, list[object]] = {
        "units": [unit.name for unit in units],
        "rules": [rule.attribute if rule else DEFAULT_RULE for rule in found],
        "half_lives": [float(rule.half_life_days) if rule and rule.half_life_days else None for rule in found],
        "majority_at": [step.index("majority") + 1 if "majority" in step else None for step in steps],
    }
    for n in range(LONGEST_STRATEGY_LIST):
        rows[f"strategy_{n + 1}"] = [step[n] if n < len(step) else "" for step in steps]
    return rows


def _parts(units: tuple[Unit, ...]) -> dict[str, list[object]]:
    """One row per attribute: its unit and its place in it."""
    placed = [(unit, position, part) for unit in units for position, part in enumerate(unit.parts, start=1)]
    return {
        "attributes": [part for _, _, part in placed],
        "attribute_units": [unit.name for unit, _, _ in placed],
        "positions": [position for _, position, _ in placed],
        "sizes": [len(unit.parts) for unit, _, _ in placed],
        "core_groups": [unit.core_group(part) for unit, _, part in placed],
    }


def _worth(policy: SurvivorshipPolicy) -> dict[str, object]:
    """How far each system is trusted, and how sure each strategy makes us; a mere tie-break as little as any."""
    least = min(policy.confidence.values())
    listed = {str(strategy): share for strategy, share in policy.confidence.items()}
    confidence = {"completeness": least, **listed, "tie_break": least, "undisputed": policy.undisputed_confidence}
    return {
        "systems": list(policy.trust),
        "trusts": list(policy.trust.values()),
        "default_trust": policy.default_trust,
        "strategies": list(confidence),
        "confidences": list(confidence.values()),
    }
