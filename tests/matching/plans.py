"""Plans made straight from values, for tests that hold engines to one another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from kempt.matching.conditions import Condition, parse_condition
from kempt.matching.engine import Plan
from kempt.matching.kernel.blocks import Rule
from kempt.matching.kernel.columns import Column, Columns
from kempt.matching.kernel.weights import Chances, Dependence, Frequency, LevelWeight

Texts = Mapping[str, Sequence[str | None]]
When = Mapping[str, str]
MICRO = 1_000_000


def plan_of(
    texts: Texts, rules: Mapping[str, int], comparisons: Sequence[Sequence[When]], constraints: Sequence[When] = ()
) -> Plan:
    """A plan; rules are keys like "family:3 given" with their cap, and every level weighs something else.

    The first level of each comparison with an exact condition also counts how frequent that value is.
    """
    read = {name: Column.of(pa.array(values, pa.string())) for name, values in texts.items()}
    for key in " ".join(rules).split():
        name, _, letters = key.partition(":")
        if letters:
            read[key] = read[name].start(int(letters))
    columns = Columns.of(read)
    return Plan(
        columns=columns,
        rules=[Rule(columns=tuple(keys.split()), max_block=cap) for keys, cap in rules.items()],
        comparisons=[[conditions(when) for when in levels] for levels in comparisons],
        constraints=[conditions(when) for when in constraints],
        prior=-3 * MICRO,
        levels=[_weights(columns, levels) for levels in comparisons],
    )


def dependent(plan: Plan, seed: int) -> Plan:
    """The same plan, but what a level weighs depends on the comparisons before and after it."""
    numbers, sizes = np.random.default_rng(seed), [len(levels) for levels in plan.comparisons]

    def tables(others: Sequence[Sequence[int]], low: int, high: int) -> Chances:
        def table(*shape: int) -> np.ndarray:
            made = numbers.integers(low, high + 1, shape)
            made[..., 0] = high
            return made

        return Chances(
            alone=tuple(np.full(size, high) if low == 0 else table(size) for size in sizes),
            given=tuple(
                tuple((other, table(sizes[other], size)) for other in each)
                for size, each in zip(sizes, others, strict=True)
            ),
        )

    before = [tuple(range(at)) for at in range(len(sizes))]
    after = [tuple(range(at + 1, len(sizes))) for at in range(len(sizes))]
    chances = Dependence(
        match=tables(before, -9 * MICRO, 0), other=tables(after, -20 * MICRO, 0), surprise=tables(before, 0, MICRO)
    )
    return replace(plan, dependence=chances)


def conditions(when: When) -> tuple[Condition, ...]:
    """Those of one level or constraint."""
    return tuple(parse_condition(column, text) for column, text in when.items())


def _weights(columns: Columns, levels: Sequence[When]) -> list[LevelWeight]:
    made = []
    for at, when in enumerate(levels):
        shared = [name for name, text in when.items() if text == "exact"] if at < 2 else []
        frequencies = tuple(_frequency(columns, name) for name in shared)
        bits = round((4 - 3.3 * at) * MICRO) + at
        made.append(LevelWeight(bits=bits, frequencies=frequencies, at_most=9 * MICRO if frequencies else None))
    return made


def _frequency(columns: Columns, name: str) -> Frequency:
    column = columns.columns[name]
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
    bits = np.round(-np.log2(counts / max(1, columns.records)) * MICRO)
    return Frequency(column=name, bits=bits.astype(np.int32))
