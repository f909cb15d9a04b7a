"""What all policy files share: frozen, and named by the digest of what they say."""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated

import pydantic

from kempt.ids import canonical_json, digest

Why = Annotated[str, pydantic.StringConstraints(min_length=12)]
"""The reason for a rule, in words its reader would accept."""

Share = Annotated[float, pydantic.Field(ge=0, le=1)]
Days = Annotated[int, pydantic.Field(gt=0)]


class Section(pydantic.BaseModel, frozen=True):
    """A whole policy file."""

    @cached_property
    def version(self) -> str:
        """SHA-256 of the content: two files that say the same are one version, whatever their layout."""
        return digest(canonical_json(self.model_dump(mode="json")))


def refuse_repeated(what: str, names: Sequence[str]) -> None:
    """Refuse a list in which one name stands twice."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{what} given twice: {', '.join(twice)}. Keep one of each.")
