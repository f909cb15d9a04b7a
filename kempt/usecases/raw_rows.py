"""The raw row behind what a record says: which file and line, and the columns that a field was read from."""

from typing import Any

import duckdb
from psycopg import Connection

from kempt.ledger.vault import Said
from kempt.records.mapping import SourceDeclaration
from kempt.records.masking import mask
from kempt.usecases.tenancy import Tenant


def raw_row(
    connection: Connection[Any], tenant: Tenant, lake: duckdb.DuckDBPyConnection, said: Said, attribute: str
) -> dict[str, Any] | None:
    """The row as it came, its columns masked; None when the lake does not hold the record any more."""
    named = lake.execute(
        f"select extract_id, row_number from {said.object_type} where record_id = ?", [said.record_id]
    ).fetchone()
    if named is None:
        return None
    extract_id, row_number = named
    found = connection.execute(
        "select day::text, files ->> 'rows', input_digest, mapping_version from kempt.extract where extract_id = %s",
        [extract_id],
    ).fetchone()
    if found is None:
        return None
    day, file, input_digest, mapping = found
    source = said.values["source"]
    declaration = next((each for each in tenant.declarations if each.source == source), None)
    columns = _columns_of(declaration, attribute) if declaration is not None else []
    return {
        "source": source,
        "day": day,
        "extract_id": extract_id,
        "file": file,
        "row_number": row_number,
        "input_digest": input_digest,
        "mapping_version": mapping,
        "columns": _values(tenant, lake, file, row_number, columns),
    }


def _values(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, file: str, row_number: int, columns: list[str]
) -> dict[str, str]:
    path = tenant.raw / file
    if not path.exists():
        return {}
    held = lake.execute(
        "select _payload from read_parquet(?, encryption_config = {footer_key: 'kempt'}) where _row_number = ?",
        [str(path), row_number],
    ).fetchone()
    payload = held[0] if held is not None else {}
    return {name: mask(payload[name]) for name in columns if payload.get(name)}


# What a field of a golden record is made of when no column of that name is mapped.
_MADE_OF = {
    "full_name": ("full_name", "given_name", "family_name"),
    "given_name": ("given_name", "full_name"),
    "family_name": ("family_name", "full_name"),
    "suffix": ("full_name", "family_name"),
    "domain": ("website", "email"),
}


def _columns_of(declaration: SourceDeclaration, attribute: str) -> list[str]:
    """The source's columns behind a field, in the order of the mapping."""
    columns: list[str] = []
    for field in _MADE_OF.get(attribute, (attribute,)):
        rule = declaration.field_rules.get(field)
        columns += rule.get("join", []) if isinstance(rule, dict) else [rule] if isinstance(rule, str) else []
    return list(dict.fromkeys(columns))
