"""One login, spelled for each library."""

from urllib.parse import parse_qs, urlsplit

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from kempt.errors import StopRun
from kempt.ledger.address import Address, parse_address

ODD = Address(host="/a folder/it's", port=5433, dbname="kempt", user="me@home", password="p@ss:/?#'\\ 1")


def test_every_spelling_leads_to_the_same_login() -> None:
    url = make_url(ODD.url())
    expected = {"host": ODD.host, "port": "5433", "dbname": ODD.dbname, "user": ODD.user, "password": ODD.password}

    assert (url.drivername, url.username, url.password) == ("postgresql+psycopg", ODD.user, ODD.password)
    assert (url.database, url.query["host"]) == (ODD.dbname, ODD.host)
    assert conninfo_to_dict(ODD.conninfo()) == expected
    assert conninfo_to_dict(ODD.duckdb()) == expected
    assert conninfo_to_dict(ODD.psycopg2_url()) == expected


def test_a_password_does_not_print() -> None:
    assert "p@ss" not in repr(ODD)


def test_parameters_of_the_given_url_travel_along() -> None:
    found = parse_address("postgresql://admin:secret@db.example:6543/postgres?sslmode=verify-full&sslrootcert=/ca.pem")
    app = found.login("kempt_app", "own", "kempt")

    assert (app.host, app.port, app.user, app.dbname) == ("db.example", 6543, "kempt_app", "kempt")
    assert conninfo_to_dict(app.conninfo())["sslmode"] == "verify-full"
    assert parse_qs(urlsplit(app.url()).query)["sslrootcert"] == ["/ca.pem"]


@pytest.mark.parametrize(
    "url", ["mysql://secret@host", "postgresql://u:secret@host:port/db", "postgresql://a,b:secret"]
)
def test_a_url_that_is_no_address_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(StopRun, match="KEMPT_DATABASE_URL") as caught:
        parse_address(url)
    assert "secret" not in str(caught.value)
