"""Figures over time as SVG: as wide as the page, text as large as the page's. Colours are the style sheet's.

Lines are drawn in a coordinate system of their own that stretches with the picture; their strokes do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

_PICTURE = Markup('<svg class="{}" width="100%" height="{}" role="img" aria-label="{}">{}</svg>')
_STRETCHED = Markup(
    '<svg x="{:.2f}%" y="{:.1f}" width="{:.2f}%" height="{:.1f}" viewBox="0 0 100 100" preserveAspectRatio="none">'
    "{}</svg>"
)
_PATH = Markup('<polyline class="{}" points="{}" fill="none" vector-effect="non-scaling-stroke"/>')
_DOT = Markup('<circle class="{}" cx="{:.2f}%" cy="{:.1f}" r="3"/>')
_GRID = Markup('<line class="grid" x1="{:.2f}%" y1="{:.1f}" x2="100%" y2="{:.1f}"/>')
_TEXT = Markup('<text x="{:.2f}%" y="{:.1f}" text-anchor="{}">{}</text>')
_BAR = Markup('<rect class="{}" x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}"><title>{}</title></rect>')
LEFT, RIGHT, TOP, BOTTOM = 5.0, 98.5, 10.0, 22.0
"""Room for labels: percent of the width, and pixels."""
FEWEST_BARS = 24
"""Few bars stand together at the right, where now is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a picture: what it is, and its value on each day that has one, the oldest first."""

    kind: str
    points: Sequence[tuple[date, float]]


def trend(lines: Sequence[Line], *, about: str, height: int = 170) -> Markup:
    """Lines over days, on one scale of round numbers; each ends in a dot, so that one day shows too."""
    days = sorted({day for line in lines for day, _ in line.points})
    known = [value for line in lines for _, value in line.points]
    low, high, step = _round_range(min(known), max(known))
    inner = height - TOP - BOTTOM

    def up(value: float) -> float:
        return (value - low) / (high - low)

    drawn = []
    for mark in range(round((high - low) / step) + 1):
        down = TOP + inner * (1 - up(low + mark * step))
        drawn += [_GRID.format(LEFT, down, down), _TEXT.format(0, down + 4, "start", f"{low + mark * step:g}")]
    paths = [_path(line.kind, [(_place(days, day), up(value)) for day, value in line.points]) for line in lines]
    drawn.append(_STRETCHED.format(LEFT, TOP, RIGHT - LEFT, inner, Markup("").join(paths)))
    for line in lines:
        day, value = line.points[-1]
        drawn.append(_DOT.format(line.kind, _across(days, day), TOP + inner * (1 - up(value))))
    for day in sorted({days[0], days[(len(days) - 1) // 2], days[-1]}):
        anchor = "end" if day == days[-1] else "start" if day == days[0] else "middle"
        drawn.append(_TEXT.format(_across(days, day), height - 5, anchor, f"{day:%d %b %Y}"))
    return _PICTURE.format("trend", height, about, Markup("").join(drawn))


def spark(line: Line, days: Sequence[date]) -> Markup:
    """A line in a row of a table, from the first to the last of these days; the numbers stand beside it."""
    values = [value for _, value in line.points]
    middle, spread = (max(values) + min(values)) / 2, max(max(values) - min(values), 0.02)
    points = [(_place(days, day), 0.5 + 0.8 * (value - middle) / spread) for day, value in line.points]
    return Markup(
        '<svg class="spark" width="100%" height="22" viewBox="0 0 100 100" preserveAspectRatio="none" '
        'aria-hidden="true">{}</svg>'
    ).format(_path(line.kind, points))


def bars(counts: Sequence[int], names: Sequence[str], kind: str, *, about: str, height: int = 64) -> Markup:
    """A bar for each place; a pointer over one tells its name and number."""
    most, places = max(max(counts), 1), max(len(counts), FEWEST_BARS)
    wide, first = 100 / places, 100 * (places - len(counts)) / places
    drawn = []
    for at, (count, name) in enumerate(zip(counts, names, strict=True)):
        tall = max(100 * count / most, 2.0 if count else 0.8)
        drawn.append(_BAR.format(kind if count else "none", first + (at + 0.1) * wide, 100 - tall, wide * 0.8, tall,
                                 f"{name}: {count:,}"))  # fmt: skip
    inside = _STRETCHED.format(0, 0, 100, height - 18, Markup("").join(drawn))
    labels = [_TEXT.format(100, height - 3, "end", names[-1])]
    if first < 50 and len(names) > 1:
        labels.append(_TEXT.format(first, height - 3, "start", names[0]))
    return _PICTURE.format("bars", height, about, Markup("").join([inside, *labels]))


def share(part: float, kind: str = "plain") -> Markup:
    """A share of the whole width."""
    return Markup(
        '<svg class="share" width="100%" height="8" aria-hidden="true">'
        '<rect class="track" width="100%" height="8" rx="2"/>'
        '<rect class="{}" width="{:.1f}%" height="8" rx="2"/></svg>'
    ).format(kind, 100 * part)


def _place(days: Sequence[date], day: date) -> float:
    """Where a day stands between the first and the last, from 0 to 1."""
    return (day - days[0]) / (days[-1] - days[0]) if days[-1] > days[0] else 1.0


def _across(days: Sequence[date], day: date) -> float:
    return LEFT + (RIGHT - LEFT) * _place(days, day)


def _path(kind: str, points: Sequence[tuple[float, float]]) -> Markup:
    """A line through points from 0 to 1, upwards; of one point a short one."""
    told = [*points, (points[0][0] - 0.04, points[0][1])] if len(points) == 1 else points
    return _PATH.format(kind, " ".join(f"{100 * across:.2f},{100 * (1 - up):.2f}" for across, up in told))


def _round_range(low: float, high: float) -> tuple[float, float, float]:
    """Round numbers around both, and the step between marks: two to five of them."""
    spread = max(high - low, 0.5)
    step = next(
        each * 10.0**power for power in range(-2, 9) for each in (1, 2, 5) if spread / (each * 10.0**power) <= 4
    )
    first = step * (low // step)
    last = step * -(-high // step)
    return first, last if last > first else first + step, step
