"""The engine that a match spec names; each is imported only when it is asked for."""

from importlib.util import find_spec

from kempt.errors import StopRun
from kempt.matching.engine import MatchEngine
from kempt.matching.spec import MatchSpec


def engine_of(spec: MatchSpec, spark_url: str | None = None) -> MatchEngine:
    """The engine of a match spec; `spark` on the Spark Connect server of the URL, or on this machine without one.

    StopRun where the engine's packages are not installed.
    """
    match spec.engine:
        case "duckdb":
            from kempt.matching.engines.duckdb import DuckDbEngine

            return DuckDbEngine()
        case "recordlinkage":
            from kempt.matching.engines.recordlinkage import RecordLinkageEngine

            return RecordLinkageEngine()
        case "spark":
            if find_spec("pyspark") is None:
                raise StopRun(
                    "engine: spark needs PySpark, which is not installed: pip install 'kempt[spark]'. "
                    "Or set engine: duckdb in the match spec; it finds the same pairs on one machine."
                )
            from kempt.matching.engines.spark import SparkEngine

            return SparkEngine(spark_url)
