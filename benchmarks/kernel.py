"""Pairs and string comparisons a second of the compiled match kernel, on made-up people.

Usage: python -m benchmarks.kernel [--records N] [--threads N] [--seed SEED]
Seconds are CPU seconds of this process, so other work on the machine does not count; "on 2 cores" doubles the rate of
one. Two sets: `contacts` are blocked widely, so that most pairs differ in most columns and texts are compared over and
over; `people` meet fewer near misses.
"""

import argparse
import platform
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.conditions import Condition, parse_condition
from kempt.matching.kernel.blocks import Blocks, Rule
from kempt.matching.kernel.columns import Column, Columns
from kempt.matching.kernel.program import Program
from kempt.matching.kernel.runs import Met, histogram, score
from kempt.matching.kernel.weights import LevelWeight, Weights

GOALS = {"contacts": 6e6, "people": 12e6}
"""Pairs a second on two cores."""

Levels = Sequence[Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Set:
    """What is compared, and how it is blocked."""

    comparisons: Sequence[Levels]
    rules: Sequence[tuple[str, ...]]


def alike(column: str, *limits: float) -> Levels:
    """Missing, the same, alike by two limits, or different."""
    near = [{column: f"jaro_winkler >= {limit}"} for limit in limits]
    return [{column: "missing"}, {column: "exact"}, *near, {}]


def slips(column: str, *limits: int) -> Levels:
    """Missing, the same, the same but for a few slips, or different."""
    return [{column: "missing"}, {column: "exact"}, *({column: f"levenshtein <= {limit}"} for limit in limits), {}]


SETS = {
    "contacts": Set(
        comparisons=[
            alike("given", 0.92, 0.8),
            alike("family", 0.92, 0.8),
            alike("email", 0.95, 0.88),
            alike("company", 0.92, 0.8),
            alike("street", 0.92, 0.8),
            slips("phone", 1, 2),
            slips("postal_code", 1),
        ],
        rules=[("email",), ("phone",), ("given", "family"), ("company", "city"), ("mailbox", "given_1")],
    ),
    "people": Set(
        comparisons=[
            alike("given", 0.92),
            alike("family", 0.92),
            alike("street", 0.9),
            slips("postal_code", 1),
            slips("birth_date", 1),
            slips("phone", 1),
        ],
        rules=[("given", "family"), ("birth_date", "given_1"), ("phone",), ("postal_code",)],
    ),
}


def words(numbers: np.random.Generator, count: int, syllables: int) -> NDArray[Any]:
    """Names that nobody has."""
    parts = np.array([a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "il")], object)
    made = parts[numbers.integers(0, len(parts), (count, syllables))].sum(axis=1)
    return np.unique(made.astype(str)).astype(object)


def often(numbers: np.random.Generator, values: NDArray[Any], count: int) -> NDArray[Any]:
    """Values of which a few are common and most are rare, as names are."""
    chosen = np.minimum(len(values) * numbers.random(count) ** 2.5, len(values) - 1).astype(np.int64)
    return numbers.permutation(values)[chosen]


def with_slips(numbers: np.random.Generator, values: NDArray[Any], share: float) -> NDArray[Any]:
    """Some values with one letter changed, left out or swapped."""
    values = values.copy()
    for at in np.flatnonzero(numbers.random(len(values)) < share):
        text, kind = values[at], numbers.integers(0, 3)
        place = int(numbers.integers(0, max(1, len(text) - 1)))
        changed = ("e", "", text[place + 1 : place + 2] + text[place : place + 1])[kind]
        values[at] = text[:place] + changed + text[place + (2 if kind == 2 else 1) :]
    return values


def people(records: int, seed: int) -> dict[str, Column]:
    """Records of people, every fifth a repetition with slips and gaps."""
    numbers = np.random.default_rng(seed)
    persons = records * 4 // 5
    given = often(numbers, words(numbers, 3000, 2), persons)
    family = often(numbers, words(numbers, 60000, 3), persons)
    company = often(numbers, words(numbers, records // 8 + 50, 4) + np.array(" trading", object), persons)
    streets = words(numbers, 20000, 3) + np.array(" street ", object)
    street = often(numbers, streets, persons) + numbers.integers(1, 90, persons).astype(str).astype(object)
    postal = numbers.integers(10000, 10000 + records // 40 + 100, persons).astype(str).astype(object)
    columns = {
        "given": given,
        "family": family,
        "company": company,
        "city": (numbers.integers(0, 300, persons)).astype(str).astype(object),
        "street": street,
        "postal_code": postal,
        "phone": (5550000000 + numbers.integers(0, 10**7, persons)).astype(str).astype(object),
        "birth_date": (np.datetime64("1940-01-01") + numbers.integers(0, 24000, persons)).astype(str).astype(object),
        "email": given + np.array(".", object) + family + np.array("@", object) + company.astype(object),
    }
    again = np.concatenate([np.arange(persons), numbers.integers(0, persons, records - persons)])
    order = numbers.permutation(records)
    made = {}
    for name, values in columns.items():
        values = values[again]
        values[persons:] = with_slips(numbers, values[persons:], 0.25)
        missing = numbers.random(records) < (0.02 if name in ("given", "family") else 0.15)
        made[name] = Column.of(pa.array(np.where(missing, None, values)[order], pa.string()))
    made["given_1"], made["family_3"] = made["given"].start(1), made["family"].start(3)
    made["mailbox"] = made["email"].start(6)
    return made


def conditions(levels: Levels) -> list[list[Condition]]:
    """The conditions of each level."""
    return [[parse_condition(column, text) for column, text in level.items()] for level in levels]


def weighed(levels: int) -> list[LevelWeight]:
    """Missing says nothing, the same much, alike some, different speaks against."""
    return [LevelWeight(bits=bits * 1_000_000) for bits in (0, 8, *(5, 2)[: levels - 3], -4)]


def timed(label: str, work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work returns, and its CPU seconds."""
    before, wall = time.process_time(), time.perf_counter()
    result = work()
    cpu = time.process_time() - before
    print(f"  {label:<28} {cpu:7.2f} CPU-s {time.perf_counter() - wall:7.2f} s", flush=True)
    return result, cpu


def rates(met: Met, cpu: float) -> str:
    """Pairs and string comparisons a second on two cores."""
    return (
        f"{met.pairs:,} pairs, {met.measures:,} string comparisons: "
        f"{2 * met.pairs / cpu / 1e6:.1f}M pairs/s, {2 * met.measures / cpu / 1e6:.1f}M strings/s on 2 cores"
    )


def run(name: str, columns: Mapping[str, Column], threads: int) -> None:
    """One set, from codes to scores."""
    chosen = SETS[name]
    used = {column for levels in chosen.comparisons for level in levels for column in level}
    used |= {column for rule in chosen.rules for column in rule}
    print(name)
    together, _ = timed("codes side by side", lambda: Columns.of({each: columns[each] for each in sorted(used)}))
    program, _ = timed("texts", lambda: Program.of(together, [conditions(levels) for levels in chosen.comparisons]))
    rules = [Rule(columns=rule, max_block=2000) for rule in chosen.rules]
    blocks, _ = timed("blocks", lambda: Blocks.of(together, rules, threads=threads))
    for rule, made in zip(chosen.rules, blocks.rules, strict=True):
        print(f"    {' + '.join(rule):<26} {made.pairs.sum():>13,} pairs, {made.pairs_not_made:,} not made")
    weights = Weights.of(program, -10_000_000, [weighed(len(levels)) for levels in chosen.comparisons])
    found, cpu = timed("histogram", lambda: histogram(program, blocks, threads=threads))
    print(f"    {rates(found.met, cpu)} (goal {GOALS[name] / 1e6:.0f}M), {len(found.patterns):,} patterns")
    kept, cpu = timed("score", lambda: score(program, blocks, weights, 0, threads=threads))
    print(f"    {rates(kept.met, cpu)}, {len(kept.left):,} kept")
    distinct = sum(len(columns[each].values) for each in used)
    print(f"    {together.codes.nbytes / 1e6:.0f} MB of codes, {distinct:,} distinct values")


def main() -> None:
    """Both sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=500_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    print(f"{arguments.records:,} records, seed {arguments.seed}, {arguments.threads} threads, {platform.machine()}")
    columns, _ = timed("people", lambda: people(arguments.records, arguments.seed))
    for name in SETS:
        run(name, columns, arguments.threads)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
