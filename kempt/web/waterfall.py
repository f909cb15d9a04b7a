"""Match weights as a picture: each comparison begins where the one before ended, and the last line is the sum."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

_RECT = Markup('<rect class="{}" x="{:.2f}%" y="3" width="{:.2f}%" height="10" rx="1"/>')
_LINE = Markup('<line class="{}" x1="{:.2f}%" y1="0" x2="{:.2f}%" y2="16"/>')
_BAR = Markup('<svg class="bar" width="100%" height="16" aria-hidden="true">{}</svg>')
THINNEST = 0.4
"""Percent of the width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the waterfall, in bits."""

    label: str
    says: str
    bits: float
    total: float
    bar: Markup


def waterfall(evidence: Mapping[str, Any]) -> tuple[Step, ...]:
    """From how rarely two records are one, over each comparison, to the sum; () where nothing was weighed."""
    if evidence.get("bits") is None:
        return ()
    steps = [("before looking", "how rarely any two records are one", float(evidence["prior_bits"]))]
    steps += [(each["label"], each["says"], float(each["bits"])) for each in evidence["comparisons"]]
    ends, total = [], 0.0
    for _, _, bits in steps:
        total += bits
        ends.append(total)
    low, high = min(0.0, *ends) - 1, max(0.0, *ends) + 1

    def place(bits: float) -> float:
        return 100 * (bits - low) / (high - low)

    drawn = []
    for (label, says, bits), end in zip(steps, ends, strict=True):
        left, right = sorted((place(end - bits), place(end)))
        shape = (
            _RECT.format("for" if bits > 0 else "against", left, max(right - left, THINNEST)) if bits else Markup("")
        )
        bar = _BAR.format(_LINE.format("zero", place(0), place(0)) + shape)
        drawn.append(Step(label=label, says=says, bits=bits, total=end, bar=bar))
    left, right = sorted((place(0), place(total)))
    whole = _RECT.format("total", left, max(right - left, THINNEST))
    bar = _BAR.format(_LINE.format("zero", place(0), place(0)) + whole)
    return (*drawn, Step(label="together", says="", bits=total, total=total, bar=bar))
