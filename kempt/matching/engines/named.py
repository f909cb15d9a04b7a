"""Engines by name; each is imported only when it is asked for."""

from importlib.util import find_spec

from kempt.errors import StopRun
from kempt.matching.engine import MatchEngine


def engine_named(name: str, spark_url: str | None = None) -> MatchEngine:
    """An engine; `spark` on the Spark Connect server of the URL, or on this machine without one.

    StopRun where there is none of that name, or its packages are not installed.
    """
    match name:
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
    raise StopRun(f"there is no engine '{name}'. There are duckdb, recordlinkage and spark.")
