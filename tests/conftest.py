"""What tests share: one real PostgreSQL per session, an empty database per module, tenants of their own."""

import itertools
from collections.abc import Iterator

import hypothesis
import psycopg
import pytest

from kempt.ledger.bootstrap import ensure_roles_and_databases, passwords
from kempt.ledger.connect import connect
from kempt.ledger.database import Database
from kempt.ledger.keys import Keyring
from kempt.ledger.server import connections, ensure_server
from kempt.ledger.tenants import add_tenant
from kempt.settings import Settings
from tests.installation import DEMO, Installation, fresh_installation
from tests.postgres import empty_home, superuser

NUMBERS = itertools.count(1)

# How long an example takes says more of what else the machine does.
TOO_SLOW = hypothesis.HealthCheck.too_slow
hypothesis.settings.register_profile("kempt", deadline=None, suppress_health_check=[TOO_SLOW])
hypothesis.settings.load_profile("kempt")


@pytest.fixture(scope="session")
def postgres_home() -> Iterator[Settings]:
    """The settings of a running, migrated server on a temporary KEMPT_HOME."""
    with empty_home() as settings:
        ensure_server(settings)
        with connect(superuser(settings, "postgres")) as connection:
            connection.execute("create database kempt_pristine template kempt")
        yield settings


@pytest.fixture(scope="module")
def database(postgres_home: Settings) -> Database:
    """The app's login to a database without tenants or events, fresh for each test module."""
    admin = superuser(postgres_home, "postgres")
    with connect(admin) as connection:
        connection.execute("drop database kempt with (force)")
        connection.execute("create database kempt template kempt_pristine owner kempt_owner")
    ensure_roles_and_databases(admin, passwords(postgres_home.keys))
    return Database(connections(postgres_home).app, Keyring(postgres_home))


@pytest.fixture
def tenant(database: Database, postgres_home: Settings) -> str:
    """A registered tenant that no other test uses."""
    return add_tenant(database, postgres_home, f"tenant_{next(NUMBERS)}").name


@pytest.fixture
def as_superuser(database: Database, postgres_home: Settings) -> Iterator[psycopg.Connection]:
    """A superuser's connection to the module's database, as an attacker with root would have it."""
    with connect(superuser(postgres_home)) as connection:
        yield connection


@pytest.fixture(scope="session")
def demo_home() -> Iterator[Installation]:
    """An installation on which `kempt demo` ran once, small. Tests may add to it: tenants, days, decisions."""
    with fresh_installation() as installation:
        installation.said(*DEMO)
        yield installation
