"""The page can be read by everybody: contrasts of WCAG AA, in light and in dark."""

import re
from pathlib import Path

import pytest

from kempt.matching.report import page

STYLE = (Path(page.__file__).parent / "page.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in STYLE.split("@media (prefers-color-scheme: dark)")
)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("name", "on", "least"),
    [
        *[(text, on, 4.5) for text in ("text", "soft") for on in ("ground", "card")],
        ("text", "note", 4.5),
        *[(shape, on, 3.0) for shape in ("for", "against", "plain") for on in ("ground", "card", "track")],
        *[(shape, "band", 3.0) for shape in ("for", "against", "text")],
    ],
)
def test_contrasts_are_enough(colours, name, on, least):
    assert contrast(colours[name], colours[on]) >= least
