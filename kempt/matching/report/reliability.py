"""Whether probabilities hold: of pairs by probability and by band, how many labels say are right, with intervals.

Where labels taught the calibration, each pair is judged by what the others taught: clusters are dealt to two halves,
and each is told by the other's calibration (cross-fitting), so that nothing is judged by its own label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.bands import BANDS
from kempt.matching.calibration import Calibration, Reals, calibrate
from kempt.matching.evaluate import wilson
from kempt.matching.report.matched import Matched
from kempt.matching.training.train import Labels

EDGES = (0.0, 0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 0.999, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labelled:
    """The kept pairs both of whose records have a label: their places, which are right, and their predicted cluster."""

    places: NDArray[np.int64]
    right: NDArray[np.bool_]
    cluster: Labels


def labelled(matched: Matched, truth: Mapping[str, str]) -> Labelled:
    """What labels say of the kept pairs."""
    codes: dict[str, int] = {}
    entity = np.array(
        [codes.setdefault(truth[each], len(codes)) if each in truth else -1 for each in matched.ids.to_pylist()]
    )
    one, other = entity[matched.pairs.left], entity[matched.pairs.right]
    places = np.flatnonzero((one >= 0) & (other >= 0))
    return Labelled(places=places, right=(one == other)[places], cluster=matched.labels[matched.pairs.left[places]])


def learn_calibration(matched: Matched, known: Labelled) -> Calibration:
    """What the labels teach of how far the probabilities of this run hold."""
    return calibrate(matched.bits[known.places], known.right)


def reliability(matched: Matched, bands: NDArray[np.int8], known: Labelled | None) -> dict[str, Any]:
    """For report.json: the calibration, and pairs by probability and by band, with what labels say of them."""
    told = matched.calibration.probabilities(matched.bits)
    judged = told.copy()
    if known is not None and matched.calibration.knots:
        judged[known.places] = crossed(matched.bits[known.places], known)
    bins = np.searchsorted(EDGES[1:-1], judged, side="right")
    rows = [
        {"from": low, "to": high, **_row(bins == at, judged, known)}
        for at, (low, high) in enumerate(zip(EDGES, EDGES[1:], strict=False))
    ]
    by_band = [{"band": name, **_row(bands == at, judged, known)} for at, name in enumerate(BANDS)]
    found: dict[str, Any] = {"method": matched.calibration.method, "bins": rows, "bands": by_band}
    if known is not None and len(known.places):
        sure = judged[known.places]
        found["labelled_pairs"] = len(known.places)
        found["brier"] = round(float(np.mean((sure - known.right) ** 2)), 6)
        gaps = [row["labelled"] * abs(row["mean_labelled"] - row["observed"]) for row in rows if row["labelled"]]
        found["expected_calibration_error"] = round(fsum(gaps) / len(known.places), 6)
    return found


def crossed(bits: Reals, known: Labelled) -> Reals:
    """The probability of each labelled pair by what the other half of the clusters teaches."""
    half = (known.cluster.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(63) == 1
    found = np.zeros(len(bits))
    for mine in (half, ~half):
        found[mine] = calibrate(bits[~mine], known.right[~mine]).probabilities(bits[mine])
    return found


def _row(chosen: NDArray[np.bool_], judged: Reals, known: Labelled | None) -> dict[str, Any]:
    pairs = int(chosen.sum())
    row: dict[str, Any] = {"pairs": pairs, "mean": round(float(judged[chosen].mean()), 6) if pairs else None}
    if known is None:
        return row
    inside = chosen[known.places]
    right, labelled_pairs = known.right[inside], int(inside.sum())
    row |= {"labelled": labelled_pairs, "right": int(right.sum()), "mean_labelled": None, "observed": None}
    row["interval"] = [0.0, 1.0]
    if labelled_pairs:
        row["mean_labelled"] = round(float(judged[known.places][inside].mean()), 6)
        row["observed"] = round(float(right.mean()), 6)
        row["interval"] = [round(end, 6) for end in share_interval(right, known.cluster[inside])]
    return row


def share_interval(right: NDArray[np.bool_], cluster: NDArray[Any]) -> tuple[float, float]:
    """The 95 % interval (Wilson) of the share of right pairs, for fewer draws where mistakes come by the cluster.

    The draws are the pairs over the design effect: how much more the share varies between clusters than it would if
    every pair were drawn by itself (Rao and Scott 1992, "A simple method for the analysis of clustered binary data").
    """
    pairs, share = len(right), float(right.mean())
    if not 0 < share < 1:
        return wilson(share, pairs)
    _, place = np.unique(cluster, return_inverse=True)
    residual = np.bincount(place, right - share)
    effect = float((residual**2).sum()) / (pairs * share * (1 - share)) * len(residual) / max(1, len(residual) - 1)
    return wilson(share, pairs / max(1.0, effect))
