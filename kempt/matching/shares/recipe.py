"""What every worker needs to know of a plan. It holds no value of a record, so it does not grow with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from kempt.matching.engine import Plan
from kempt.matching.kernel.program import Conditions
from kempt.matching.kernel.weights import Dependence, Frequency, LevelWeight

# What codes alone decide; every other comparator looks at the texts.
_BY_CODE = frozenset({"exact", "differs", "missing", "unshared"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SentWeight:
    """A level's weight as it is sent: of a frequency its column and the field in which each record brings its bits."""

    bits: int
    frequencies: tuple[tuple[str, str], ...]
    at_most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A plan without its records."""

    columns: tuple[str, ...]
    rules: tuple[tuple[str, ...], ...]
    comparisons: Sequence[Sequence[Conditions]]
    constraints: Sequence[Conditions]
    prior: int
    levels: tuple[tuple[SentWeight, ...], ...]
    dependence: Dependence | None
    vectors: frozenset[str] = frozenset()
    """The columns whose texts travel with their vectors."""

    @classmethod
    def of(cls, plan: Plan) -> "Recipe":
        """What is left of a plan when its records are sent on their own."""
        fields = {id(each): name for name, each in frequencies(plan).items()}

        def sent(weight: LevelWeight) -> SentWeight:
            brought = tuple((each.column, fields[id(each)]) for each in weight.frequencies)
            return SentWeight(bits=weight.bits, frequencies=brought, at_most=weight.at_most)

        return cls(
            columns=tuple(plan.columns.columns),
            rules=tuple(rule.columns for rule in plan.rules),
            comparisons=plan.comparisons,
            constraints=plan.constraints,
            prior=plan.prior,
            levels=tuple(tuple(map(sent, weights)) for weights in plan.levels),
            dependence=plan.dependence,
            vectors=frozenset(
                name for name, column in plan.columns.columns.items() if column.vectors and name in _compared(plan)
            ),
        )

    @property
    def texts(self) -> frozenset[str]:
        """The columns whose texts a comparator reads."""
        levels = chain.from_iterable(self.comparisons)
        conditions = chain.from_iterable(chain(levels, self.constraints))
        reading = [each for each in conditions if each.comparator not in _BY_CODE]
        return frozenset(name for each in reading for name in (each.column, each.other))


def _compared(plan: Plan) -> set[str]:
    """The columns whose vectors a comparator reads."""
    conditions = chain.from_iterable(chain(chain.from_iterable(plan.comparisons), plan.constraints))
    return {each.column for each in conditions if each.comparator == "cosine"}


def frequencies(plan: Plan) -> dict[str, Frequency]:
    """Each frequency of a plan once, by the name of the field in which records bring its bits."""
    every = {id(each): each for weights in plan.levels for weight in weights for each in weight.frequencies}
    return {f"f{at}": each for at, each in enumerate(every.values())}
