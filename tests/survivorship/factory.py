"""Records, claims and a policy for the survivorship tests."""

from datetime import date, datetime

import duckdb

from kempt.policy.survivorship import SurvivorshipPolicy
from kempt.survivorship.compose import Ingredients, compose

ATTRIBUTES = (
    *("full_name", "given_name", "family_name", "email", "phone", "job_title", "street", "city", "country"),
    *("email_flag", "phone_flag", "country_flag", "is_role", "is_free", "remarks"),
)
_RECORD_COLUMNS = ("record_id", "source", "system", "observed_on", "updated_at", *ATTRIBUTES)
_CLAIM_COLUMNS = ("record_id", "attribute", "value", "origin", "source", "confidence", "observed_at", "spoken")
_TYPES = {"observed_on": "date", "confidence": "double", "observed_at": "timestamp", "spoken": "bigint",
          "is_role": "boolean", "is_free": "boolean",
          "remarks": "struct(attribute varchar, flag varchar, reason varchar)[]"}  # fmt: skip

STRATEGIES = {
    "full_name": ("override", "source_trust", "longest", "recency"),
    "email": ("override", "quality", "source_trust", "recency"),
    "phone": ("override", "majority", "recency"),
    "job_title": ("override", "recency"),
    "street": ("override", "recency", "source_trust"),
}

CELL_COLUMNS = (
    *("entity_id", "attribute", "value", "record_id", "origin", "source", "confidence", "observed_at"),
    *("rule", "strategy", "losers", "conflict"),
)


def emptied(*attributes: str) -> list[dict[str, str]]:
    """The remarks of a record whose source says that nothing is in these attributes."""
    return [{"attribute": each, "flag": "empty", "reason": "on_purpose"} for each in attributes]


def record(record_id: str, **values: object) -> dict[str, object]:
    """A record of the system `crm`, seen on 1 January 2025, that says only what is given."""
    return dict.fromkeys(_RECORD_COLUMNS) | {
        "record_id": record_id,
        "source": values.get("system", "crm"),
        "system": "crm",
        "observed_on": date(2025, 1, 1),
        **values,
    }


def claim(
    record_id: str, attribute: str, value: str | None, origin: str = "override", **values: object
) -> dict[str, object]:
    """What a person or a provider says of one record."""
    return {
        "record_id": record_id,
        "attribute": attribute,
        "value": value,
        "origin": origin,
        "source": "steward" if origin == "override" else "vendor",
        "confidence": 1.0,
        "observed_at": datetime(2025, 1, 1),
        "spoken": 0,
        **values,
    }


def policy(strategies=STRATEGIES, half_lives=None, **changes: object) -> SurvivorshipPolicy:
    """A policy that trusts crm over web over sheet, and providers as little as the sheet."""
    rules = tuple(
        {
            "attribute": attribute,
            "strategies": steps,
            "why": "Written for the tests of survivorship.",
            "half_life_days": (half_lives or {}).get(attribute),
            "prefers": "work_mailbox" if "domain_rule" in steps else None,
        }
        for attribute, steps in strategies.items()
    )
    content = {
        "entity_type": "person",
        "attributes": rules,
        "trust": {"crm": 90, "web": 60, "sheet": 30, "enrichment": 30},
        "default_trust": 10,
        "confidence": {
            "override": 1.0,
            "source_trust": 0.9,
            "recency": 0.8,
            "majority": 0.85,
            "completeness": 0.6,
            "longest": 0.6,
            "domain_rule": 0.6,
            "quality": 0.7,
        },
        "undisputed_confidence": 0.95,
    }
    return SurvivorshipPolicy.model_validate(content | changes)


def table(connection: duckdb.DuckDBPyConnection, name: str, columns, rows) -> None:
    """A table with these rows; text unless a column is known to be something else."""
    types = ", ".join(f'"{column}" {_TYPES.get(column, "varchar")}' for column in columns)
    connection.execute(f'create or replace table "{name}" ({types})')
    if rows:
        marks = ", ".join("?" for _ in columns)
        connection.executemany(f'insert into "{name}" values ({marks})', [[row[c] for c in columns] for row in rows])


def cells_of(connection, records, *, members=None, claims=(), rules=None) -> dict[tuple[str, str], dict[str, object]]:
    """The composed cells by (entity, attribute); without members all records are one entity, `e`."""
    members = members or {row["record_id"]: "e" for row in records}
    pairs = [{"record_id": record_id, "entity_id": entity_id} for record_id, entity_id in members.items()]
    table(connection, "records", _RECORD_COLUMNS, records)
    table(connection, "members", ("record_id", "entity_id"), pairs)
    table(connection, "claims", _CLAIM_COLUMNS, claims)
    ingredients = Ingredients(
        entity_type="person", members="members", records="records", claims="claims", policy=rules or policy()
    )
    count = compose(connection, ingredients, target="cells")
    rows = connection.execute(f"select {', '.join(CELL_COLUMNS)} from cells").fetchall()
    assert len(rows) == count
    found = {(row[0], row[1]): dict(zip(CELL_COLUMNS, row, strict=True)) for row in rows}
    assert len(found) == count
    return found
