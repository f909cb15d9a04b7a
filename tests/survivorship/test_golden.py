"""Golden rows tell where every value came from without holding one."""

import json

import duckdb
import pytest

from kempt.ids import canonical_json, digest, keyed_digest
from kempt.survivorship.golden import golden_rows
from tests.survivorship.factory import cells_of, claim, record

KEY = b"a key for the tests only"


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        yield opened


def rows_of(connection, key=KEY):
    count = golden_rows(connection, cells="cells", target="golden", key=key)
    rows = {entity: (text, code) for entity, text, code in connection.execute("from golden").fetchall()}
    assert len(rows) == count
    return rows


def test_a_row_is_canonical_json_with_a_digest_of_each_value(connection):
    records = [
        record("r1", job_title="Ingénieur", email="a@example.com"),
        record("r2", system="web", email="b@x.example"),
    ]
    claims = [claim("r1", "phone", '+1202555"0101'), claim("r1", "city", "Town", "enrichment", confidence=0.000001)]
    cells = cells_of(connection, records, claims=claims)

    text, code = rows_of(connection)["e"]

    row = json.loads(text)
    assert canonical_json(row).decode() == text
    assert digest(text) == code
    assert row == {
        attribute: [
            cell["record_id"],
            cell["origin"],
            cell["rule"],
            cell["confidence"],
            cell["observed_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            keyed_digest(KEY, cell["value"]),
        ]
        for (_, attribute), cell in cells.items()
    }


def test_no_value_is_in_a_row(connection):
    cells_of(connection, [record("r1", full_name="Ada Example", email="ada@example.com")])

    text, _ = rows_of(connection)["e"]

    assert "Ada" not in text
    assert "example.com" not in text


def test_empty_on_purpose_has_a_digest_that_no_value_has(connection):
    cells_of(connection, [record("r1", job_title="Clerk")], claims=[claim("r1", "job_title", None)])

    cell = json.loads(rows_of(connection)["e"][0])["job_title"]

    assert (cell[1], cell[5]) == ("override", keyed_digest(KEY, ""))


def test_another_value_or_key_gives_another_digest(connection):
    cells_of(connection, [record("r1", job_title="Engineer")])
    before = rows_of(connection)["e"]

    other_key = rows_of(connection, b"another key")["e"]
    cells_of(connection, [record("r1", job_title="Manager")])
    other_value = rows_of(connection)["e"]

    assert len({before[1], other_key[1], other_value[1]}) == 3


@pytest.mark.parametrize("key", [b"", b"short", b"k" * 64, b"k" * 65, b"k" * 200])
def test_keys_of_every_length_give_the_same_digest_as_the_rest_of_the_product(connection, key):
    cells_of(connection, [record("r1", job_title="Engineer")])

    row = json.loads(rows_of(connection, key)["e"][0])

    assert row["job_title"][5] == keyed_digest(key, "Engineer")
