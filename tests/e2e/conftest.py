"""One demo for the whole session; tests that change it make their own."""

from collections.abc import Iterator

import pytest

from tests.e2e.homes import DAY, RECORDS, TENANT, Home, installation, prepare_one_day


@pytest.fixture(scope="session")
def demo_home() -> Iterator[Home]:
    """An installation on which the demo ran once, from nothing."""
    with installation() as home:
        home.kempt("demo", "--records", RECORDS)
        yield home


@pytest.fixture(scope="session")
def one_day_home() -> Iterator[Home]:
    """One tenant whose first day was worked through without a disturbance."""
    with installation() as home:
        prepare_one_day(home)
        home.kempt("run", "--tenant", TENANT, "--day", DAY)
        yield home
