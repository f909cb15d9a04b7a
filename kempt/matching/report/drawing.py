"""Pictures of numbers, as SVG inside a page: widths in percent, so that they fit any screen while text stays as large.

Colours are the page's: shapes have classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_BAR = Markup('<svg class="bar" width="100%" height="14" aria-hidden="true">{}</svg>')
_RECT = Markup('<rect class="{}" x="{:.2f}%" y="{:.1f}" width="{:.2f}%" height="{:.1f}"/>')
_LINE = Markup('<line class="{}" x1="{:.2f}%" y1="{:.1f}" x2="{:.2f}%" y2="{:.1f}"/>')
_TEXT = Markup('<text x="{:.2f}%" y="{:.1f}" text-anchor="{}">{}</text>')
_PLOT = Markup('<svg class="plot" width="100%" height="{}" role="img" aria-label="{}">{}</svg>')
_THIN = 0.4
"""Percent of the width that the smallest bar has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where a number stands, in percent of the width."""

    low: float
    high: float
    margin: float = 0.0

    def __call__(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return self.margin + (100 - 2 * self.margin) * (inside - self.low) / max(1e-9, self.high - self.low)


def weight_bar(bits: float, scale: Scale, least: float | None = None, most: float | None = None) -> Markup:
    """Bits for (right of zero) or against, and the range between `least` and `most` as a line."""
    zero, end = scale(0.0), scale(bits)
    drawn = [
        _RECT.format("for" if bits > 0 else "against", min(zero, end), 2, max(abs(end - zero), _THIN), 10),
        _LINE.format("zero", zero, 0, zero, 14),
    ]
    if least is not None and most is not None and most - least > 0.05:
        drawn += [_LINE.format("range", scale(least), 7, scale(most), 7)]
        drawn += [_LINE.format("range", at, 4, at, 10) for at in (scale(least), scale(most))]
    return _BAR.format(Markup("").join(drawn))


def share_bar(share: float, kind: str = "plain") -> Markup:
    """A share of the whole width."""
    drawn = [_RECT.format("track", 0, 3, 100, 8), _RECT.format(kind, 0, 3, max(share * 100, _THIN if share else 0), 8)]
    return _BAR.format(Markup("").join(drawn))


def histogram(
    counts: Sequence[int], kind: str, *, first: float, width: float, cut: float, review: float, about: str
) -> Markup:
    """Bars from `first` on, each so wide; the review band shaded, the cut a line."""
    scale, height, top = Scale(low=first, high=first + width * len(counts)), 96, 14
    most = max([*counts, 1])
    drawn = [
        _RECT.format("band", scale(review), top, scale(cut) - scale(review), height),
        _LINE.format("axis", 0, top + height, 100, top + height),
    ]
    for at, count in enumerate(counts):
        if count:
            tall = max(1.0, height * count / most)
            left, right = scale(first + at * width), scale(first + (at + 1) * width)
            drawn.append(_RECT.format(kind, left + 0.1, top + height - tall, right - left - 0.2, tall))
    drawn.append(_LINE.format("cut", scale(cut), top - 6, scale(cut), top + height))
    drawn.append(_TEXT.format(0, 10, "start", f"{most:,} pairs" if any(counts) else "no pairs"))
    drawn += [_tick(scale, value, top + height + 16) for value in _ticks(scale)]
    return _PLOT.format(top + height + 22, about, Markup("").join(drawn))


def curve(lines: Sequence[tuple[str, Sequence[float]]], names: Sequence[str], chosen: int | None, about: str) -> Markup:
    """Lines over named places, from the lowest tenth up to 1; the chosen place is marked."""
    low = min(0.9, *(int(10 * min(values)) / 10 for _, values in lines))
    height, top = 150, 10
    scale = Scale(low=0, high=max(1, len(names) - 1), margin=8)

    def y(value: float) -> float:
        return top + height * (1 - (value - low) / (1 - low))

    drawn = [_LINE.format("cut", scale(chosen), top, scale(chosen), top + height)] if chosen is not None else []
    for value in (low, (1 + low) / 2, 1.0):
        drawn.append(_LINE.format("grid", 8, y(value), 100, y(value)))
        drawn.append(_TEXT.format(0, y(value) + 4, "start", _short(value)))
    for kind, values in lines:
        places = [(scale(at), y(value)) for at, value in enumerate(values)]
        drawn += [_LINE.format(kind, *one, *other) for one, other in zip(places, places[1:], strict=False)]
        drawn += [
            Markup('<circle class="{}" cx="{:.2f}%" cy="{:.1f}" r="3.5"/>').format(kind, across, down)
            for across, down in places
        ]
    drawn += [_TEXT.format(scale(at), top + height + 18, "middle", name) for at, name in enumerate(names)]
    return _PLOT.format(top + height + 26, about, Markup("").join(drawn))


def _tick(scale: Scale, value: float, down: float) -> Markup:
    across = scale(value)
    anchor = "start" if across < 3 else "end" if across > 97 else "middle"
    return _TEXT.format(across, down, anchor, f"{value:+.0f}".replace("-", "−") if value else "0")


def _ticks(scale: Scale) -> list[float]:
    """About six round numbers."""
    step = next(each for each in (1, 2, 5, 10, 20, 50, 100, 1000) if (scale.high - scale.low) / each <= 7)
    first = -(-scale.low // step) * step
    return [first + at * step for at in range(int((scale.high - first) // step) + 1)]


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
