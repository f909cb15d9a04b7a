"""The golden record: one winning value per attribute of every entity, each cell with where it came from and why."""

from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from kempt.policy.survivorship import DomainRule, Strategy, SurvivorshipPolicy
from kempt.records.model import EntityType
from kempt.survivorship.candidates import EMPTY, candidates, columns_of, quoted, voices
from kempt.survivorship.statement import COMPOSE, CONTENDERS, LONGEST_STRATEGY_LIST
from kempt.survivorship.units import UNITS, Unit

DEFAULT_RULE = "default"
# What no rule covers is still kept, so that a new field is never blanked by accident.
DEFAULT_STRATEGIES: tuple[Strategy, ...] = ("override", "source_trust", "recency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """What the golden records of one entity type are composed of: the names of tables, and the policy.

    `members` holds (record_id, entity_id); `records` the canonical records; `claims` what did not come from a
    source: (record_id, attribute, value, origin 'override' or 'enrichment', source, confidence, observed_at, spoken).
    A claim belongs to a record, so it follows that record when its entity is split. Hand over only claims in force.
    The override with the highest `spoken` is the newest; without a value it says that nothing is there.
    """

    entity_type: EntityType
    members: str
    records: str
    claims: str
    policy: SurvivorshipPolicy


def compose(connection: duckdb.DuckDBPyConnection, ingredients: Ingredients, *, target: str) -> int:
    """Composes the cells of every entity among the members into a temporary table; how many there are."""
    text, values = statement(connection, ingredients)
    connection.execute(f"create or replace temp table {quoted(target)} as {text}", values)
    row = connection.execute(f"select count(*) from {quoted(target)}").fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Who spoke about an attribute, and the strategy by which another was preferred; None for the winner.

    The value is None where it says nothing of this part of its unit, and empty where it says that nothing is there.
    """

    entity_id: str
    record_id: str
    origin: str
    source: str
    observed_at: datetime
    value: str | None = field(repr=False)
    lost_by: str | None


def contenders(
    connection: duckdb.DuckDBPyConnection, ingredients: Ingredients, attribute: str
) -> tuple[Contender, ...]:
    """Records and providers that spoke about an attribute of the entities among the members, each winner first.

    None of an entity of which only one speaks. What a person said by hand stands above all of them.
    """
    text, values = statement(connection, ingredients, query=CONTENDERS)
    rows = connection.execute(text, {**values, "attribute": attribute}).fetchall()
    return tuple(
        Contender(
            entity_id=entity, record_id=record, origin=origin, source=source, observed_at=observed,
            value="" if value == EMPTY else value, lost_by=lost_by,
        )
        for entity, _, record, origin, source, observed, value, lost_by in rows
    )  # fmt: skip


def statement(
    connection: duckdb.DuckDBPyConnection, ingredients: Ingredients, *, query: str = COMPOSE
) -> tuple[str, dict[str, object]]:
    """The query that composes, and what is bound to it: all that decides besides records, members and claims."""
    units, policy = UNITS[ingredients.entity_type], ingredients.policy
    records, members = quoted(ingredients.records), quoted(ingredients.members)
    columns = columns_of(connection, ingredients.records)
    text = query.format(
        claims=quoted(ingredients.claims),
        members=members,
        voices=voices(columns, units=units, records=records, members=members),
        candidates=candidates(columns, units=units, prefers=_prefers(units, policy)),
    )
    return text, {**_rules(units, policy), **_parts(units), **_worth(policy)}


def _prefers(units: tuple[Unit, ...], policy: SurvivorshipPolicy) -> dict[str, DomainRule | None]:
    return {unit.name: rule.prefers for unit in units if (rule := unit.rule(policy)) is not None}


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
