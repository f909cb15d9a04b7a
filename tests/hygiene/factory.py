"""Canonical records for the hygiene tests: a plain table with one good person that each test bends."""

import duckdb

GOOD = {
    "record_id": "r0",
    "source": "crm",
    "system": "crm",
    "object_type": "contact",
    "row_digest": "d",
    "observed_on": "2025-06-01",
    "updated_at": "2025-05-01T00:00:00Z",
    "source_status": None,
    "full_name": "Ada Example",
    "full_name_flag": "valid",
    "given_name": "Ada",
    "family_name": "Example",
    "email": "ada@example.com",
    "email_flag": "valid",
    "phone": "+12025550101",
    "phone_flag": "valid",
    "job_title": "Engineer",
    "birth_date": "1980-02-03",
    "birth_date_flag": "valid",
    "company_name": "Example Works",
    "country": "US",
    "country_flag": "valid",
}


def table(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, object]]) -> None:
    """A table of text columns, with observed_on as a date as the canonical models have it."""
    columns = list(rows[0])
    types = ", ".join(f'"{column}" {"date" if column == "observed_on" else "varchar"}' for column in columns)
    connection.execute(f'create or replace table "{name}" ({types})')
    connection.executemany(
        f'insert into "{name}" values ({", ".join("?" for _ in columns)})',
        [[row[column] for column in columns] for row in rows],
    )


def records(connection: duckdb.DuckDBPyConnection, *changes: dict[str, object], name: str = "records") -> None:
    """Good records r0, r1, ... with these changes."""
    table(connection, name, [{**GOOD, "record_id": f"r{n}", **change} for n, change in enumerate(changes)])
