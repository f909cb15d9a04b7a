"""What is believed of records of one entity before any were seen, and how much that counts in a small table.

`priors.yaml` holds the shares, measured where the truth is known (`benchmarks/priors.py`). In a table of fewer than
SMALL records they count as many pairs: with few duplicates to learn from, what is seen is mostly chance.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from kempt.matching.plan import Comparison

FILE = Path(__file__).with_name("priors.yaml")
SMALL = 2_000
GRIP, FIRM_GRIP = 10.0, 20.0
"""Pairs that the belief is worth in a table of SMALL records or more, and in one of hardly any."""
_KINDS: Mapping[str, str] = {
    "swapped": "name",
    "mailbox": "email",
    "local": "phone",
    "turned": "date",
    "within_0.15": "text",
    "within_0.93": "word",
    "within_0.95": "url",
    "within_0.5": "code",
    "within_1": "number",
}
"""An outcome that only this kind of comparison has."""


def kind_of(comparison: Comparison) -> str | None:
    """What sort of value is compared, by the outcomes that there are; None for one without a shipped prior."""
    names = {outcome.name for outcome in comparison.outcomes}
    return next((kind for name, kind in _KINDS.items() if name in names), None)


def believed_shares(comparison: Comparison, records: int) -> tuple[NDArray[np.float64], float]:
    """The share of each outcome among records of one entity, and the pairs that this belief is worth."""
    expected = np.array([outcome.expected for outcome in comparison.outcomes])
    expected = expected / expected.sum()
    missing = max(0.0, 1 - records / SMALL)
    grip = GRIP + missing * (FIRM_GRIP - GRIP)
    shipped = _shipped().get(kind_of(comparison) or "")
    if not missing or shipped is None:
        return expected, grip
    known = np.array([shipped.get(outcome.name, 0.0) for outcome in comparison.outcomes])
    return (1 - missing) * expected + missing * known / known.sum(), grip


@cache
def _shipped() -> Mapping[str, Mapping[str, float]]:
    found: Mapping[str, Mapping[str, float]] = yaml.safe_load(FILE.read_text())
    return found
