"""One run: what was read, learned and found."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.ambiguous import settle
from kempt.matching.artifact import Artifact
from kempt.matching.bands import REVIEWED_FROM, bands_of
from kempt.matching.calibration import IDENTITY, Calibration
from kempt.matching.kernel.runs import Scored
from kempt.matching.profile.describe import Description
from kempt.matching.training.ground import Ground
from kempt.matching.training.train import Labels, Learned, Trained
from kempt.matching.weights import MICRO, bits_of

KEPT_FROM = -10.0
"""Bits in all from which a candidate pair is kept and drawn."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """Records by number: their ids, the columns they were read from, and the cluster of each."""

    inputs: tuple[str, ...]
    id_column: str
    ids: pa.Array
    table: pa.Table
    description: Description
    ground: Ground
    trained: Trained
    artifact: Artifact
    """The model, as it is kept."""
    compared: int
    """Candidate pairs; those of at least KEPT_FROM bits are `pairs`."""
    pairs: Scored
    labels: Labels
    ambiguous: NDArray[np.int64]
    """Records that fit two clusters equally well, and so are single."""
    engine: str
    """What weighed the pairs."""
    threshold: float
    seconds: Mapping[str, float]
    refused: int = 0
    """Rows that could not be read."""
    notes: tuple[str, ...] = ()
    """What to know of how the files were read."""
    calibration: Calibration = IDENTITY
    policy: Mapping[str, Any] | None = None
    """Of a run by a policy which one it was, and what it left out, kept apart or would ask."""

    def calibrated(self, calibration: Calibration) -> "Matched":
        """The same with probabilities that labels taught; they become part of the model."""
        artifact = replace(self.artifact, calibration=calibration.as_json())
        return replace(self, calibration=calibration, artifact=artifact)

    @property
    def learned(self) -> Learned:
        """What was learned."""
        return self.trained.chances

    @property
    def bits(self) -> NDArray[np.float64]:
        """What the kept pairs weigh."""
        return self.pairs.bits / MICRO

    def clusters_at(self, threshold: float) -> Labels:
        """The clusters that another threshold makes of the same pairs."""
        pairs = self.pairs
        return settle(self.ground, self.learned, pairs.left, pairs.right, pairs.bits, bits_of(threshold)).labels

    @property
    def cut(self) -> float:
        """The bits above which records are linked."""
        return bits_of(self.threshold)

    @property
    def review_from(self) -> float:
        """The bits from which a pair that was not linked is worth a look."""
        return self.cut + REVIEWED_FROM

    @property
    def compared_columns(self) -> list[list[str]]:
        """Of each comparison the columns that it reads, as a reader knows them."""
        return [[each.column for each in made.outcomes[0].when] for made in self.ground.comparisons]

    def bands(self, passes: NDArray[np.bool_]) -> NDArray[np.int8]:
        """The place in BANDS of each pair; `passes` says of each record whether its cluster passes its gates."""
        return bands_of(self.ground, self.pairs, self.labels, passes, self.cut)

    @property
    def version(self) -> str:
        """The model's version."""
        return self.artifact.version
