"""What the user says of the files that are matched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kempt.matching.profile.roles import Role

Engine = Literal["duckdb", "spark", "recordlinkage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is in the files, how sure a link must be, which records are one, and how they are compared."""

    id_column: str | None = None
    told: Mapping[str, Role] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    """With a model: which column of the files is which of the model's."""
    threshold: float | None = None
    """The probability above which records are linked; even odds if not told, or what the policy says."""
    labels: Path | None = None
    learn: bool = False
    """Whether labels teach a candidate for the next model; they never change the one that is used."""
    model: Path | None = None
    """What to weigh by, in the place of learning."""
    policy: Path | None = None
    """A hand-written policy, in the place of learning."""
    engine: Engine | None = None
    """What compares; duckdb if not told, or what the policy says."""
    spark_url: str | None = None

    @property
    def link_from(self) -> float:
        """The probability above which records are linked, where no policy says it."""
        return 0.5 if self.threshold is None else self.threshold

    @property
    def compares(self) -> Engine:
        """The engine, where no policy says it."""
        return self.engine or "duckdb"

    @property
    def files(self) -> tuple[Path, ...]:
        """What is read besides the records."""
        beside = self.model.with_suffix(".parquet") if self.model else None
        return tuple(path for path in (self.labels, self.model, beside, self.policy) if path)
