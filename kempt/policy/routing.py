"""Whose an entity is after records came together, and which campaign brought it: the rules."""

from collections.abc import Mapping
from typing import Annotated, Literal

import pydantic

from kempt.policy.section import Why

Country = Annotated[str, pydantic.StringConstraints(pattern=r"^[A-Z]{2}$")]


class Routing(pydantic.BaseModel, frozen=True):
    """How the owner of an entity follows from what its golden record and its records say."""

    model_config = pydantic.ConfigDict(extra="forbid")

    why: Why
    inactive: tuple[str, ...] = ()
    """Owners who left: nothing stays with them."""
    territories: Mapping[Country, str] = {}
    """The owner of what is in a country, by the golden record's."""
    territory_first: bool = False
    """Whether the owner of the territory comes before those whom records name."""
    fallback: str | None = None
    """Who takes what nobody else does."""
    first_touch: Literal["earliest", "latest"] = "earliest"
    """Which of the campaigns that records name counts as the first; all are kept."""
