"""How the tenant does: health by day, the review queue, whether runs come to rest, and what is unusual."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from psycopg.rows import dict_row

from kempt.hygiene.bounds import bounds
from kempt.usecases.health_days import Series, history
from kempt.usecases.queue_figures import QueueFigures, queue_figures
from kempt.usecases.tenancy import Tenant

DIMENSIONS = ("completeness", "validity", "freshness", "uniqueness")
LEAST, OF_FEW = 0.02, 1.4
"""Less than two points of a hundred is not worth a word; nor is what chance does to a mean of few records, about 1.4
divided by the root of their number."""
LEAST_ROWS, LEAST_MERGES = 0.1, 10.0
RUNS = 60

RUNS_OF = """
select at, minted, merged, split, retired, moved from (
    select * from kempt.identity_run where at <= %s order by at desc limit %s
) as latest order by at
"""
VOLUMES = """
select source, array_agg(rows order by day, seq) from (
    select source, day, seq, rows, row_number() over (partition by source order by day desc, seq desc) as place
    from kempt.extract where mode = 'snapshot'
) as latest where place <= 31 group by source order by source
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRun:
    """What one run changed in who is who."""

    at: datetime
    minted: int
    merged: int
    split: int
    retired: int
    moved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A number that is unusual, and what would have been usual."""

    where: str
    what: str
    value: float
    low: float
    high: float
    days: int

    @property
    def told(self) -> str:
        """In a sentence."""
        share = self.what in DIMENSIONS
        value, low, high = (f"{each:.3f}" if share else f"{each:,.0f}" for each in (self.value, self.low, self.high))
        return f"{self.where}: {self.what} is {value}; the {self.days} before it lie between {low} and {high}."


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthOverTime:
    """Everything that the health page shows."""

    day: date | None
    """Of the newest measurement."""
    series: Sequence[Series]
    queue: QueueFigures
    runs: Sequence[IdentityRun]
    anomalies: Sequence[Anomaly]

    def of(self, scope: str) -> Sequence[Series]:
        """The series of one scope."""
        return [each for each in self.series if each.scope == scope]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "day": self.day,
            "series": [
                {
                    "scope": each.scope,
                    "name": each.name,
                    "days": [{"day": one.day, **asdict(one.health), "score": one.health.score} for one in each.days],
                }
                for each in self.series
            ],
            "queue": asdict(self.queue) | {"decisions_per_hour": self.queue.decisions_per_hour},
            "runs": [asdict(each) for each in self.runs],
            "anomalies": [asdict(each) | {"told": each.told} for each in self.anomalies],
        }


def health(tenant: Tenant, *, now: datetime) -> HealthOverTime:
    """The figures of now and their history; reads the database alone."""
    with tenant.database.transaction(tenant.name) as connection:
        ((newest,),) = connection.execute("select max(day) from kempt.health_day").fetchall()
        series = history(connection, tenant, until=newest or now.date())
        queue = queue_figures(connection, now=now)
        runs = [IdentityRun(**row) for row in connection.cursor(row_factory=dict_row).execute(RUNS_OF, [now, RUNS])]
        volumes = dict(connection.execute(VOLUMES).fetchall())
    day = max((each.days[-1].day for each in series), default=None)
    return HealthOverTime(
        day=day,
        series=series,
        queue=queue,
        runs=runs,
        anomalies=[*_of_series(series), *_of_volumes(volumes), *_of_runs(runs)],
    )


def _of_series(series: Sequence[Series]) -> Iterator[Anomaly]:
    for each in series:
        where = {"golden": "golden records", "records": "source records"}.get(each.scope, f"{each.scope} {each.name}")
        for name in DIMENSIONS:
            told = [float(getattr(day.health, name)) for day in each.days]
            yield from _unusual(where, name, told, floor=max(LEAST, OF_FEW / math.sqrt(max(1, each.now.records))))


def _of_volumes(volumes: Mapping[str, Sequence[int]]) -> Iterator[Anomaly]:
    for source, rows in volumes.items():
        told = [float(count) for count in rows]
        yield from _unusual(f"source {source}", "rows", told, floor=LEAST_ROWS * max(told[:-1], default=0.0))


def _of_runs(runs: Sequence[IdentityRun]) -> Iterator[Anomaly]:
    for name in ("merged", "split"):
        told = [float(getattr(each, name)) for each in runs]
        yield from _unusual("the last run", name, told, floor=LEAST_MERGES)


def _unusual(where: str, what: str, told: Sequence[float], *, floor: float) -> Iterator[Anomaly]:
    usual = bounds(told[:-1], floor=floor)
    if usual is not None and not usual.holds(told[-1]):
        yield Anomaly(where=where, what=what, value=told[-1], low=usual.low, high=usual.high, days=usual.days)
