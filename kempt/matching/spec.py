"""How records of one entity type are compared, as policies/matching/*.yaml says it."""

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import pydantic

from kempt.ids import canonical_json, digest
from kempt.matching.columns import COLUMNS, FLAGS
from kempt.matching.conditions import Condition, parse_condition
from kempt.matching.weights import Zone, bits_of, zone_of
from kempt.records.model import EntityType

EngineName = Literal["duckdb", "recordlinkage", "spark"]

_Why = Annotated[str, pydantic.StringConstraints(min_length=12)]
_Name = Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
_Value = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=200)]
_Chance = Annotated[float, pydantic.Field(gt=0, lt=1)]
_Count = Annotated[int, pydantic.Field(ge=1)]
_Columns = Annotated[tuple[str, ...], pydantic.Field(min_length=1)]
_Key = Annotated[str, pydantic.StringConstraints(pattern=r"^[^:]+(:[1-9][0-9]?)?$")]


class _Conditional(pydantic.BaseModel, frozen=True):
    when: Mapping[str, str]

    @pydantic.field_validator("when")
    @classmethod
    def _is_understood(cls, when: Mapping[str, str]) -> Mapping[str, str]:
        for column, text in when.items():
            parse_condition(column, text)
        return when

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What must hold, all together."""
        return tuple(parse_condition(column, text) for column, text in self.when.items())


class Level(_Conditional, frozen=True):
    """One outcome of a comparison, in words, and what it weighs.

    Either `bits`, or `m` and `u`: how often it is seen among records of one entity and of two. A column in
    `frequency_of` multiplies u by the share of records with that value (of two values, the more frequent one), so
    that agreeing on a rare name says more than agreeing on a common one; `at_most` bits, however rare.
    """

    id: _Name
    says: str
    bits: float | None = None
    m: _Chance | None = None
    u: Annotated[float, pydantic.Field(gt=0, le=1)] | None = None
    frequency_of: tuple[str, ...] = ()
    at_most: float | None = None

    @pydantic.model_validator(mode="after")
    def _has_one_weight(self) -> "Level":
        if (self.bits is None) == (self.m is None) or (self.m is None) != (self.u is None):
            raise ValueError(f"level '{self.id}' needs either bits, or m and u.")
        if (self.bits is not None and self.frequency_of) or (self.at_most is not None and not self.frequency_of):
            raise ValueError(f"level '{self.id}': frequency_of goes with m and u, at_most with frequency_of.")
        if self.weight and self.when and all(condition.comparator == "missing" for condition in self.conditions):
            raise ValueError(f"level '{self.id}': what is missing is no evidence. Give it 0 bits.")
        return self

    @property
    def weight(self) -> float:
        """Its bits before the frequency of the value counts."""
        if self.m is not None and self.u is not None:
            return round(math.log2(self.m / self.u), 6)
        return round(self.bits or 0.0, 6)


class Comparison(pydantic.BaseModel, frozen=True):
    """One kind of evidence. Fields that go together (a name's parts, a place's) stand in one, so as to count once."""

    name: _Name
    label: str
    levels: Annotated[tuple[Level, ...], pydantic.Field(min_length=2)]
    """The first level whose conditions hold is the outcome."""

    @pydantic.model_validator(mode="after")
    def _always_has_an_outcome(self) -> "Comparison":
        _refuse_repeated(f"levels of '{self.name}'", [level.id for level in self.levels])
        if [level.id for level in self.levels if not level.when] != [self.levels[-1].id]:
            raise ValueError(f"comparison '{self.name}': exactly the last level has no conditions (when: {{}}).")
        return self


class Constraint(_Conditional, frozen=True):
    """What two records of one entity should never show, whatever they weigh.

    `apart`: the two are never in one cluster. `ask`: nobody but a steward puts them there.
    """

    id: Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    why: _Why
    says: str
    then: Literal["apart", "ask"]

    @pydantic.model_validator(mode="after")
    def _asks_something(self) -> "Constraint":
        if all(condition.comparator == "missing" for condition in self.conditions):
            raise ValueError(f"constraint '{self.id}' needs conditions on values that are given.")
        return self


class BlockingRule(pydantic.BaseModel, frozen=True):
    """Columns on which two records must agree to be compared; `column:3` takes the first three letters."""

    name: _Name
    agree_on: Annotated[tuple[_Key, ...], pydantic.Field(min_length=1)]
    max_block: Annotated[int, pydantic.Field(ge=2)] | None = None

    @property
    def keys(self) -> tuple[tuple[str, int | None], ...]:
        """Column and number of letters, or None for the whole value."""
        parts = (text.partition(":") for text in self.agree_on)
        return tuple((column, int(letters) if letters else None) for column, _, letters in parts)


class Frequency(pydantic.BaseModel, frozen=True):
    """The share of an average value of a column, and the number of records that this prior knowledge is worth."""

    column: str
    typical: _Chance
    worth_records: _Count


class Unusable(pydantic.BaseModel, frozen=True):
    """Columns that do not count: when a flag of the record is set, or where they say one of these values."""

    columns: _Columns
    when: Literal["is_role", "is_free"] | None = None
    values: Annotated[tuple[_Value, ...], pydantic.Field(max_length=1000)] = ()
    """As the columns have them, after standardizing. A version is kept for ever: no values of one person alone."""
    why: _Why

    @pydantic.model_validator(mode="after")
    def _says_when(self) -> "Unusable":
        if (self.when is None) == (not self.values):
            raise ValueError("say either `when` or `values`: when these columns do not count.")
        return self


class Generic(pydantic.BaseModel, frozen=True):
    """When a value is shared by too many different names to say anything: it then neither blocks nor counts."""

    column: str
    counting: str
    more_than: _Count
    or_share: Annotated[float, pydantic.Field(ge=0, lt=1)] = 0.0
    """At least this share of all records, where that is more."""
    also: tuple[str, ...] = ()
    """Columns that stop counting along with it."""
    why: _Why


class Gates(pydantic.BaseModel, frozen=True):
    """What a cluster must stand before it grows."""

    max_size: Annotated[int, pydantic.Field(ge=2)]
    mean: _Chance
    """Over all pairs between the two sides."""
    weakest: _Chance
    """The least probable pair between the two sides."""
    ambiguous_within: Annotated[float, pydantic.Field(ge=0)]
    """Bits: a record that fits two clusters that exclude each other, this closely, stays single."""
    complete_up_to: Annotated[int, pydantic.Field(ge=2)]
    """In a component of at most so many records every pair is compared; a larger one is left to stewards."""


class MatchSpec(pydantic.BaseModel, frozen=True):
    """Everything that decides how two records of one entity type are compared."""

    entity_type: EntityType
    engine: EngineName
    why: _Why
    prior: _Chance
    link: _Chance
    review: _Chance
    max_block: Annotated[int, pydantic.Field(ge=2)]
    """Records with one blocking key beyond which the block is not paired but reported."""
    unusable: tuple[Unusable, ...] = ()
    generic: tuple[Generic, ...] = ()
    frequencies: tuple[Frequency, ...] = ()
    blocking: Annotated[tuple[BlockingRule, ...], pydantic.Field(min_length=1, max_length=30)]
    comparisons: Annotated[tuple[Comparison, ...], pydantic.Field(min_length=1)]
    constraints: tuple[Constraint, ...] = ()
    gates: Gates

    @pydantic.model_validator(mode="after")
    def _fits_together(self) -> "MatchSpec":
        if not self.review < self.link:
            raise ValueError("review must be below link.")
        for what, names in (
            ("comparisons", [comparison.name for comparison in self.comparisons]),
            ("blocking rules", [rule.name for rule in self.blocking]),
            ("constraints", [constraint.id for constraint in self.constraints]),
            ("generic columns", [generic.column for generic in self.generic]),
            ("frequencies", [frequency.column for frequency in self.frequencies]),
        ):
            _refuse_repeated(what, names)
        if unknown := sorted(self.columns_read - set(self.available)):
            raise ValueError(f"records of a {self.entity_type} have no column {', '.join(unknown)}.")
        counted = {
            column for comparison in self.comparisons for level in comparison.levels for column in level.frequency_of
        }
        if counted != {frequency.column for frequency in self.frequencies}:
            raise ValueError(f"frequencies must list what frequency_of uses, once each: {', '.join(sorted(counted))}.")
        return self

    @property
    def available(self) -> tuple[str, ...]:
        """The columns that the records have, in their order."""
        return COLUMNS[self.entity_type]

    @property
    def conditions(self) -> Iterable[Condition]:
        """Every condition in the file."""
        for comparison in self.comparisons:
            for level in comparison.levels:
                yield from level.conditions
        for constraint in self.constraints:
            yield from constraint.conditions

    @property
    def columns_read(self) -> set[str]:
        """Every column that has a part in the outcome."""
        return {
            *(column for condition in self.conditions for column in condition.columns),
            *(column for rule in self.blocking for column, _ in rule.keys),
            *(column for generic in self.generic for column in (generic.column, generic.counting, *generic.also)),
            *(column for unusable in self.unusable for column in unusable.columns),
            *(unusable.when for unusable in self.unusable if unusable.when is not None),
            *(frequency.column for frequency in self.frequencies),
        }

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns read that are text, in the order of the records."""
        return tuple(column for column in self.available if column in self.columns_read - FLAGS)

    @property
    def version(self) -> str:
        """SHA-256 of the content."""
        return digest(canonical_json(self.model_dump(mode="json")))

    @property
    def prior_bits(self) -> float:
        """The weight every pair starts with."""
        return bits_of(self.prior)

    def zone(self, bits: float) -> Zone:
        """Where a total weight falls."""
        return zone_of(bits, link=self.link, review=self.review)


def _refuse_repeated(what: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{what} given twice: {', '.join(twice)}. Keep one of each.")
