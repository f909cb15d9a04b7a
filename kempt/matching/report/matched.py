"""One run: what was read, learned and found."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from kempt.matching.profile.describe import Description
from kempt.matching.training.pairs import Ground
from kempt.matching.training.train import Labels, Learned, Trained
from kempt.matching.training.weighing import as_json
from kempt.matching.weights import bits_of

REVIEWED_FROM = -5.0
"""Bits below the cut at which a pair is still worth a look."""
KEPT_FROM = -15.0
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
    labels: Labels
    threshold: float
    seconds: Mapping[str, float]

    @property
    def learned(self) -> Learned:
        """What was learned."""
        return self.trained.chances

    @property
    def cut(self) -> float:
        """The bits above which records are linked."""
        return bits_of(self.threshold)

    @property
    def version(self) -> str:
        """The model's version."""
        version: str = as_json(self.learned, self.description.comparisons)["version"]
        return version
