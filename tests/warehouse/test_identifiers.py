"""Ids computed in SQL are those computed in Python."""

import duckdb
import jinja2
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.ids import record_id, stable_id
from kempt.warehouse.connection import prepare
from tests.installation import ROOT

MACROS = (ROOT / "dbt_project" / "macros" / "identifiers.sql").read_text()
# A surrogate is no text of a source: readers refuse it. NUL is quarantined before any id is computed.
PARTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(max_examples=40, deadline=None)
@given(parts=st.lists(PARTS, min_size=1, max_size=4))
def test_the_macro_gives_the_same_id(parts: list[str]) -> None:
    macros = jinja2.Environment().from_string(MACROS).module
    columns = [f"part_{n}" for n, _ in enumerate(parts)]
    names = ", ".join(columns)

    with duckdb.connect() as connection:
        prepare(connection, raw_key="")
        row = connection.execute(
            f"select {macros.stable_id(columns)} from (values ({', '.join('?' for _ in parts)})) as t({names})",  # type: ignore[attr-defined]
            parts,
        ).fetchone()

    assert row == (stable_id(*parts),)


@settings(max_examples=20, deadline=None)
@given(key=PARTS)
def test_the_macro_gives_the_same_record_id(key: str) -> None:
    macros = jinja2.Environment().from_string(MACROS, globals={"var": {"tenant": "acme"}.get}).module

    with duckdb.connect() as connection:
        prepare(connection, raw_key="")
        row = connection.execute(
            f"select {macros.record_id('system', 'object_type', 'source_key')} "  # type: ignore[attr-defined]
            "from (values ('crm', 'contact', ?)) as t(system, object_type, source_key)",
            [key],
        ).fetchone()

    assert row == (record_id("acme", "crm", "contact", key),)
