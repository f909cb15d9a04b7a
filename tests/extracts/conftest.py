"""A connection that can write encrypted Parquet, and a desk to land files on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from tests.extracts.desk import Desk, connected


@pytest.fixture(scope="session")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connected() as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> Desk:
    return Desk(tmp_path, connection)


@pytest.fixture(scope="session")
def new_desk(tmp_path_factory: pytest.TempPathFactory, connection: duckdb.DuckDBPyConnection) -> Callable[[], Desk]:
    return lambda: Desk(tmp_path_factory.mktemp("desk"), connection)
