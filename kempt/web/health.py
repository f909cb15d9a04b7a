"""Health: where the tenant stands, over time, by source and owner, and how its queue and its runs do."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response
from markupsafe import Markup

from kempt.usecases.health import DIMENSIONS, HealthOverTime, IdentityRun, health
from kempt.usecases.health_days import Series
from kempt.web.charts import Line, bars, share, spark, trend
from kempt.web.rendering import render
from kempt.web.visit import Calling, Reading

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["health"])
TOLD = {
    "completeness": "expected fields that hold a value",
    "validity": "how far the values can be trusted",
    "freshness": "how likely they are still true",
    "uniqueness": "records that stand for themselves",
}


@router.get("/t/{tenant}/health", name="health")
def health_page(visit: Reading) -> Response:
    """Tiles, pictures, tables."""
    found = health(visit.tenant, now=visit.now)
    golden, before = (next(iter(found.of(scope)), None) for scope in ("golden", "records"))
    days = sorted({each.day for series in found.series for each in series.days})
    return render(
        visit, "health.html", title="Health", found=found, golden=golden, before=before, told=TOLD, days=len(days),
        tiles=[_tile(golden, name, days) for name in DIMENSIONS] if golden else [], share=share, lasting=_lasting,
        scores=trend([_scores(each, each.scope) for each in (before, golden) if each], about=_about(golden, before))
        if golden else "",
        dimensions=trend([_line(golden, name) for name in DIMENSIONS], about="The four dimensions, in points of 100.")
        if golden else "",
        spark=lambda series: spark(_scores(series, "plain"), days),
        hours=_hours(found, visit.now), runs=_runs(found.runs),
    )  # fmt: skip


@api.get("/health", name="api_health")
def api_health(visit: Calling) -> JSONResponse:
    """Health by day, the queue's figures, runs, and what is unusual."""
    return JSONResponse(jsonable_encoder(health(visit.tenant, now=visit.now).as_json()))


def _tile(golden: Series, name: str, days: Sequence[date]) -> tuple[str, float, float | None, Markup]:
    """A dimension now, what it changed since the first day that is shown, and a picture of all days."""
    line = _line(golden, name)
    first, last = line.points[0][1], line.points[-1][1]
    return name, last, last - first if len(line.points) > 1 else None, spark(line, days)


def _line(series: Series, name: str) -> Line:
    """A dimension by day, in points of a hundred."""
    return Line(kind=name, points=[(each.day, 100 * float(getattr(each.health, name))) for each in series.days])


def _scores(series: Series, kind: str) -> Line:
    return Line(kind=kind, points=[(each.day, each.health.score) for each in series.days])


def _about(golden: Series | None, before: Series | None) -> str:
    told = [
        f"{name} {each.now.score:.1f}"
        for name, each in (("golden records", golden), ("source records", before))
        if each
    ]
    return f"Score by day, the last: {', '.join(told)}."


def _hours(found: HealthOverTime, now: datetime) -> Markup:
    """Decisions in each of the last 24 hours."""
    decided = {each.hour: each.decisions for each in found.queue.hours}
    this = now.replace(minute=0, second=0, microsecond=0)
    hours = [this - timedelta(hours=back) for back in range(23, -1, -1)]
    total = sum(decided.values())
    return bars([decided.get(hour, 0) for hour in hours], [f"{hour:%H:%M}" for hour in hours], "golden",
                about=f"{total:,} decisions in the last 24 hours, by hour.")  # fmt: skip


def _runs(runs: Sequence[IdentityRun]) -> list[tuple[str, int, Markup]]:
    """New, merged and split entities of each run: a picture each, with a scale of its own."""
    names = [f"{each.at:%d %b %H:%M}" for each in runs]
    told = []
    for word, name, kind in (("new", "minted", "plain"), ("merged", "merged", "golden"), ("split", "split", "against")):
        counts = [int(getattr(each, name)) for each in runs]
        if counts:
            about = f"{word} entities by run, the last: {counts[-1]:,}"
            told.append((word, counts[-1], bars(counts, names, kind, about=about)))
    return told


def _lasting(age: timedelta | None) -> str:
    """A time span, in the largest unit that says enough."""
    if age is None:
        return "–"
    hours = age / timedelta(hours=1)
    return (
        f"{age.days:,} d"
        if hours >= 48
        else f"{hours:.0f} h"
        if hours >= 1
        else f"{age / timedelta(minutes=1):.0f} min"
    )
