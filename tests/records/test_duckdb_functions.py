"""The standardizers in SQL: the same answers as the Python functions, on a real DuckDB."""

from dataclasses import asdict, fields

import duckdb
import pytest
from dbt.adapters.duckdb.plugins import BasePlugin
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.records.duckdb_functions import register
from kempt.records.sql_functions import SQL_FUNCTIONS, SqlFunction
from tests.sizes import size

ROWS = 5000  # more than two of DuckDB's chunks
SAMPLES = (
    None,
    "",
    "N/A",
    "Anna Beispiel",
    "Beispiel, Anna",
    "Anna@Sample.example",
    "https://www.sample.example/x",
    "+49 30 23125 123",
    "Sample Widgets Inc.",
    "Musterstr. 5",
    "München",
    "10115",
    "Deutschland",
    "04.03.2024",
    "2024-03-04T10:00:00Z",
    "bill",
    "王小明",
    "a\u200bb",
)


@pytest.fixture(scope="module")
def connection():
    connection = duckdb.connect()
    register(connection)
    yield connection
    connection.close()


def call(function: SqlFunction, columns: str = "a, b, c, d") -> str:
    return f"{function.name}({', '.join(columns.split(', ')[: function.arguments])})"


def expected(function: SqlFunction, row: tuple[str | None, ...]) -> object:
    result = function.standardize(*row[: function.arguments])
    return result if function.returns is None else asdict(result)


@pytest.mark.parametrize("function", SQL_FUNCTIONS, ids=lambda function: function.name)
def test_sql_and_python_agree_over_many_chunks(connection, function):
    count = len(SAMPLES)
    rows = [tuple(SAMPLES[(i * step + step) % count] for step in (1, 5, 7, 11)) for i in range(ROWS)]
    connection.execute("create or replace temp table many (i integer, a varchar, b varchar, c varchar, d varchar)")
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(
        "insert into many select unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)", [list(range(ROWS)), *columns]
    )

    answers = connection.execute(f"select {call(function)} from many order by i").fetchall()

    assert [answer for (answer,) in answers] == [expected(function, row) for row in rows]


@settings(deadline=None, max_examples=size(30))
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30) | st.none(), min_size=4, max_size=4))
def test_sql_and_python_agree_on_any_text(connection, row):
    for function in SQL_FUNCTIONS:
        marks = ", ".join("?" for _ in range(function.arguments))
        (answer,) = connection.execute(f"select {function.name}({marks})", row[: function.arguments]).fetchone()
        assert answer == expected(function, tuple(row))


@pytest.mark.parametrize("function", SQL_FUNCTIONS, ids=lambda function: function.name)
def test_null_is_missing_not_null(connection, function):
    (answer,) = connection.execute(f"select {call(function, 'null, null, null, null')}").fetchone()

    assert answer is None if function.returns is None else answer["flag"] == "missing"


@pytest.mark.parametrize("function", SQL_FUNCTIONS, ids=lambda function: function.name)
def test_a_function_answers_with_a_struct_of_its_result(connection, function):
    (column,) = connection.sql(f"select {call(function, 'null, null, null, null')} as answer").types

    if function.returns is None:
        assert str(column) == "VARCHAR"
    else:
        assert [name for name, _ in column.children] == [field.name for field in fields(function.returns)]


def test_registering_twice_is_no_error():
    connection = duckdb.connect()

    register(connection)
    register(connection.cursor())

    assert connection.sql("select nickname_key('bill')").fetchone() == ("william",)


def test_an_empty_table_and_a_where_clause_work(connection):
    assert connection.sql("select std_email(x) from (select ''::varchar as x where false)").fetchall() == []
    assert connection.sql(
        "select x from (values ('a@b.example'), ('b')) as t(x) where std_email(x).flag = 'valid'"
    ).fetchall() == [("a@b.example",)]


def test_dbt_finds_the_functions_through_the_plugin():
    connection = duckdb.connect()
    plugin = BasePlugin.create("kempt.records.dbt_plugin")

    plugin.configure_connection(connection)

    assert connection.sql("select std_country('Deutschland').country").fetchone() == ("DE",)
