"""The page of a run: report.html, complete in itself. It loads nothing, runs nothing and shows no value unmasked."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kempt.matching.report import drawing
from kempt.matching.report.clusters import ClusterMetrics
from kempt.matching.report.examples import Example, ambiguous_records, likeliest_apart, riskiest_merges
from kempt.matching.report.matched import Matched
from kempt.matching.report.outcomes import ComparisonWeights, weights_of
from kempt.records.masking import visible

HERE = Path(__file__).parent
SIZES = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))
MOST_BARS, BELOW_REVIEW = 60, 3.0
MOST_COLUMNS = 200
"""Of more columns only those that are compared are listed."""


def page(matched: Matched, figures: Mapping[str, Any], metrics: ClusterMetrics) -> str:
    """The page as HTML; `figures` are those of report.json."""
    style = (HERE / "page.css").read_text(encoding="utf-8")
    weights = weights_of(matched)
    apart = likeliest_apart(matched)
    risky = riskiest_merges(matched, metrics)
    ambiguous = ambiguous_records(matched)
    return _environment().get_template("page.html").render(
        style=Markup(style),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        figures=figures,
        listed=_listed(figures),
        labels=figures["labels"],
        weights=weights,
        bar=_weight_bars(weights),
        share_bar=drawing.share_bar,
        risky=risky,
        apart=apart,
        ambiguous=ambiguous,
        example_bar=_example_bars((*risky, *apart, *(each for _, *both in ambiguous for each in both))),
        histograms=_histograms(matched),
        cut=matched.cut,
        review=matched.review_from,
        sizes=_sizes(matched),
        curve=figures["labels"] and _curve(figures),
    )  # fmt: skip


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters |= {"count": _count, "bits": _bits, "share": _share, "chance": _chance}
    return environment


def _listed(figures: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    columns: list[Mapping[str, Any]] = figures["columns"]
    return columns if len(columns) <= MOST_COLUMNS else [each for each in columns if each["role"] != "nothing"]


def _visible(value: Any) -> Any:
    """What Jinja writes: a text's control and bidi characters written out."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _weight_bars(weights: tuple[ComparisonWeights, ...]) -> Any:
    ends = [end for each in weights for outcome in each.outcomes for end in (outcome.bits, outcome.least, outcome.most)]
    scale = drawing.Scale(low=min([*ends, -1.0]), high=max([*ends, 1.0]), margin=1)
    return lambda outcome: drawing.weight_bar(outcome.bits, scale, outcome.least, outcome.most)


def _example_bars(examples: tuple[Example, ...]) -> Any:
    ends = [evidence.bits for each in examples for evidence in each.evidence]
    scale = drawing.Scale(low=min([*ends, -1.0]), high=max([*ends, 1.0]), margin=1)
    return lambda bits: drawing.weight_bar(bits, scale)


def _histograms(matched: Matched) -> list[tuple[str, int, int, Markup]]:
    """Candidate pairs by weight, those put together above those kept apart, on one axis; in all, and those below it.

    The axis begins a little below the review band: the many pairs that are nothing alike would flatten all others.
    """
    pairs, labels, bits = matched.pairs, matched.labels, matched.bits
    together = labels[pairs.left] == labels[pairs.right]
    most = max(matched.cut + 5, float(bits.max()) if len(bits) else 0.0)
    first = float(np.floor(matched.review_from - BELOW_REVIEW))
    width = max(1.0, float(np.ceil((most - first) / MOST_BARS)))
    edges = first + width * np.arange(int((most - first) // width) + 2)
    drawn = []
    dropped = matched.compared - len(bits)
    for name, kind, chosen, more in (
        ("Put together", "for", together, 0),
        ("Kept apart", "against", ~together, dropped),
    ):
        counts = np.histogram(bits[chosen], edges)[0].tolist()
        pairs_in_all = int(chosen.sum()) + more
        about = f"{name}: {pairs_in_all:,} candidate pairs by weight in bits; they are linked above {matched.cut:.1f}"
        picture = drawing.histogram(
            counts, kind, first=first, width=width, cut=matched.cut, review=matched.review_from, about=about
        )
        drawn.append((name, pairs_in_all, int((bits[chosen] < first).sum()) + more, picture))
    return drawn


def _sizes(matched: Matched) -> list[tuple[str, int, int]]:
    """How many clusters have so many records, and how many records these are."""
    sizes = np.bincount(matched.labels)
    found = []
    for least, most in SIZES:
        here = sizes[(sizes >= least) & (sizes <= (most or sizes.max()))]
        name = f"{least}" if most == least else f"{least} to {most}" if most else f"{least} or more"
        if len(here):
            found.append((name, len(here), int(here.sum())))
    return found


def _curve(figures: Mapping[str, Any]) -> Markup:
    points = figures["labels"]["curve"]
    thresholds = [point["threshold"] for point in points]
    chosen = thresholds.index(figures["threshold"]) if figures["threshold"] in thresholds else None
    lines = [(name, [point["pairwise"][name] for point in points]) for name in ("precision", "recall")]
    names = [f"{at}".removeprefix("0") for at in thresholds]
    return drawing.curve(lines, names, chosen, "Precision and recall of pairs by threshold; the table has the figures")


def _count(number: int) -> str:
    return f"{number:,}"


def _bits(bits: float) -> str:
    text = f"{bits:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text


def _share(share: float, digits: int = 1) -> str:
    """Percent; what is not all is never shown as all, nor what is something as nothing."""
    text = f"{100 * share:.{digits}f}"
    nearly = (text == f"{100:.{digits}f}" and share < 1) or (text == f"{0:.{digits}f}" and share > 0)
    return f"{'over 99.9' if share > 0.5 else 'under 0.1'} %" if nearly else f"{text} %"


def _chance(probability: float) -> str:
    if 0.0005 <= probability < 0.9995:
        return f"{probability:.3f}".removeprefix("0")
    return "over .999" if probability > 0.5 else "under .001"
