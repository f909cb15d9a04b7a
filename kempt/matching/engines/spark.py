"""The match engine of many machines: Spark carries records to workers, on which the compiled kernel compares them.

The plan is here, in the driver: its codes sort into blocks in seconds, so no worker sees a record that meets no other,
nor a block over the cap. What takes long, comparing, is there. Workers need kempt installed.
"""

import socket
import sys
from collections.abc import Iterable
from functools import cached_property, reduce
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sql
from pyspark.util import is_remote_only

from kempt.errors import StopRun
from kempt.matching.conditions import COMPARATORS, Comparator
from kempt.matching.engine import Plan
from kempt.matching.kernel.clusters import connect
from kempt.matching.kernel.runs import Scored
from kempt.matching.kernel.weights import NO_CUT
from kempt.matching.shares.answers import ANSWER, pairs_told
from kempt.matching.shares.cut import Places, pair_rows, record_rows
from kempt.matching.shares.recipe import Recipe
from kempt.matching.shares.work import Worker

# Rows of one partition, which a worker holds at once, and pairs, less than a second's work.
_ROWS, _PAIRS = 100_000, 2_000_000
# Records that travel to Spark in one message.
_SENT = 50_000
_ANSWER = "left int, right int, pattern long, bits long, rules long, broken long, at long, met array<long>"


class SparkEngine:
    """Runs a plan on a session, on the Spark Connect server of a URL (sc://host:15002), or on this machine's cores."""

    name = "spark"
    # A spec's columns have no vectors, which cosine compares.
    comparators: frozenset[Comparator] = frozenset(COMPARATORS) - {"cosine"}

    def __init__(self, session: SparkSession | str | None = None) -> None:
        self._given = session

    @cached_property
    def session(self) -> SparkSession:
        """The session, opened when it is first needed."""
        if isinstance(self._given, str):
            return _remote(self._given)
        return _local() if self._given is None else self._given

    def score(self, plan: Plan, cut: int) -> Scored:
        """Every candidate pair once that weighs at least `cut`, by left and right."""
        told = self._told(plan, Places.of_blocks(plan.blocks), Worker(recipe=Recipe.of(plan), cut=cut))
        return pairs_told(told, len(plan.rules))

    def score_pairs(self, plan: Plan, left: NDArray[Any], right: NDArray[Any]) -> Scored:
        """The given pairs, in their order."""
        rows, places = pair_rows(np.asarray(left, np.int32), np.asarray(right, np.int32))
        return pairs_told(self._told(plan, places, Worker(recipe=Recipe.of(plan), cut=NO_CUT), rows), 0)

    def components(self, plan: Plan, cut: int) -> NDArray[np.int32]:
        """The smallest record of each record's component of pairs that weigh at least `cut`.

        No pair leaves a worker: each sends a spanning forest of its own, fewer edges than it holds records, and they
        are joined here. Rounds of label propagation would shuffle all pairs again, once per step along a chain.
        """
        worker = Worker(recipe=Recipe.of(plan), cut=cut, forest=True)
        edges = self._told(plan, Places.of_blocks(plan.blocks), worker).select(["left", "right"]).drop_null()
        return connect(plan.columns.records, edges["left"].to_numpy(), edges["right"].to_numpy())

    def _told(self, plan: Plan, places: Places, worker: Worker, pairs: pa.Table | None = None) -> pa.Table:
        """What the workers say of all shares; without pairs nobody is asked."""
        if not places.pairs:
            return ANSWER.empty_table()
        rows = self._placed(plan, worker.recipe, places)
        if pairs is not None:
            rows = rows.unionByName(self.session.createDataFrame(pairs), allowMissingColumns=True)
        partitions = 1 + max(len(places.record) // _ROWS, places.pairs // _PAIRS)

        def on_worker(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
            return worker.answers(batches)

        return rows.repartition(partitions, "share").mapInArrow(on_worker, _ANSWER).toArrow()

    def _placed(self, plan: Plan, recipe: Recipe, places: Places) -> DataFrame:
        """A row for each place that a record has in a share, with all that comparing it takes."""
        sent = [self.session.createDataFrame(table) for table in record_rows(plan, recipe, places, _SENT)]
        rows = reduce(DataFrame.unionAll, sent)
        values = [name for name in rows.columns if name != "places"]
        placed = rows.select(*values, sql.explode("places").alias("place"))
        return placed.select(*values, "place.share", "place.rule", "place.side")


def _remote(url: str) -> SparkSession:
    """A session on the server of a URL. Spark itself would try for minutes to reach one that is not there."""
    place = urlsplit(url)
    address = place.hostname or "", place.port or 15002
    try:
        socket.create_connection(address, timeout=10).close()
    except OSError as error:
        raise StopRun(
            f"no Spark Connect server answers at {address[0]}:{address[1]} ({error.strerror or error}). "
            "Start it, or correct KEMPT_SPARK_URL."
        ) from None
    return SparkSession.builder.remote(url).getOrCreate()


def _local() -> SparkSession:
    """A session on all cores, with half of the memory: Spark's default, 1 GB, does not hold a million records."""
    if is_remote_only():
        raise StopRun("pyspark-client runs nothing by itself: set KEMPT_SPARK_URL, or pip install 'kempt[spark]'.")
    settings: dict[str, Any] = {
        "spark.driver.memory": f"{psutil.virtual_memory().total // 2**21}m",
        "spark.driver.maxResultSize": "0",
        "spark.ui.showConsoleProgress": "false",
    }
    try:
        session = SparkSession.builder.master("local[*]").appName("kempt").config(map=settings).getOrCreate()
    except PySparkRuntimeError as error:
        raise StopRun(
            f"Spark does not start here ({error.getCondition()}). It needs Java 17, as in "
            "apt-get install -y openjdk-17-jre-headless. Or set KEMPT_SPARK_URL, or engine: duckdb in the match spec."
        ) from None
    session.sparkContext.pythonExec = sys.executable  # else the first python3 of the PATH
    return session
