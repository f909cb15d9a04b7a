"""The match engines that the suites of their port run on, and desks for the suite of stores."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from pyspark.util import is_remote_only

from kempt.ledger.database import Database
from kempt.matching.engine import MatchEngine
from kempt.matching.engines import spark
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.engines.recordlinkage import RecordLinkageEngine
from kempt.matching.engines.spark import SparkEngine
from kempt.matching.shares import cut
from kempt.settings import Settings
from tests.conftest import NUMBERS
from tests.factory import Desk, new_desk

COMPILED = ("duckdb", "spark")


@pytest.fixture(scope="module")
def open_desk(database: Database, postgres_home: Settings) -> Callable[[], Desk]:
    """Opens desks for tenants that no other test uses."""
    return lambda: new_desk(postgres_home, f"desk_{next(NUMBERS)}")


@pytest.fixture(params=[*COMPILED, "recordlinkage"])
def engine(request: pytest.FixtureRequest) -> MatchEngine:
    """Each engine in turn."""
    return _engine(request)


@pytest.fixture(params=COMPILED)
def compiled(request: pytest.FixtureRequest) -> MatchEngine:
    """Each engine that runs the compiled kernel, to be held to the one that does not."""
    return _engine(request)


def _engine(request: pytest.FixtureRequest) -> MatchEngine:
    if request.param == "spark":
        engine: MatchEngine = request.getfixturevalue("small_shares")
        return engine
    return {"duckdb": DuckDbEngine, "recordlinkage": RecordLinkageEngine}[request.param]()


@pytest.fixture
def small_shares(spark_engine: SparkEngine, monkeypatch: pytest.MonkeyPatch) -> SparkEngine:
    """Spark at the size of a test: blocks are cut, and records and pairs travel in many messages and partitions."""
    monkeypatch.setattr(cut, "LARGE", 20)
    monkeypatch.setattr(cut, "GIVEN", 500)
    monkeypatch.setattr(spark, "_SENT", 400)
    monkeypatch.setattr(spark, "_ROWS", 500)
    return spark_engine


@pytest.fixture(scope="session")
def spark_engine() -> Iterator[SparkEngine]:
    """PySpark on this machine where it is installed whole, as in `make prove`; else Sail, which speaks its protocol."""
    if not is_remote_only():
        if shutil.which("java") is None:
            pytest.fail("Spark needs Java 17: apt-get install -y openjdk-17-jre-headless")
        yield SparkEngine()
        return
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    engine = SparkEngine(f"sc://127.0.0.1:{server.listening_address[1]}")
    yield engine
    engine.session.stop()
    server.stop()
