"""Measures the shipped priors: `python -m benchmarks.priors [--write]`.

How often two records of one entity reach each outcome of each kind of comparison, where the truth is known: in the
project's made-up people and contacts, each set and column alike. What `kempt/matching/profile/comparisons.py` expects
counts three times as much: that nobody made up moves house is no reason to believe that nobody does. Prints the file,
or writes it to where it is read.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.matching.sets import MADE, read_clusters, sets
from kempt.matching.kernel.columns import Columns
from kempt.matching.profile.describe import describe
from kempt.matching.training.ground import Ground
from kempt.matching.training.patterns import NOT_GIVEN
from kempt.matching.training.priors import FILE, kind_of
from kempt.usecases.match_ids import ID
from kempt.usecases.match_input import read_tables

SETS, SIZES, SEED = tuple(MADE), (10_000,), 3
EXPECTED = 3
LEAST_PAIRS = 200
"""Columns with fewer pairs that have both values say nothing reliable."""
HEAD = """# How often two records of one entity reach each outcome, by kind of comparison: believed of small tables.
# Measured by `python -m benchmarks.priors --write`; an outcome that is not here keeps what is expected of it.
"""


def measured() -> dict[str, dict[str, float]]:
    """The shares of the outcomes, by kind."""
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as work:
        for each in sets(SETS, SIZES, (), Path(work), SEED):
            for kind, shares in _shares(each.records, each.truth):
                found[kind].append(shares)
    return {
        kind: {name: round(float(np.mean([shares[name] for shares in many])), 4) for name in many[0]}
        for kind, many in sorted(found.items())
    }


def _shares(records: Path, truth: Path) -> Iterator[tuple[str, dict[str, float]]]:
    connection = duckdb.connect()
    table = read_tables(connection, [records], None).table
    described = describe(connection, table.drop_columns([ID]), {})
    ground = Ground(columns=Columns.of(described.columns), comparisons=described.comparisons)
    levels = ground.outcomes(*_pairs(table.column(ID).to_pylist(), read_clusters(truth)))
    for at, comparison in enumerate(described.comparisons):
        counts = np.bincount(levels[:, at], minlength=len(comparison.outcomes)).astype(float)
        counts[NOT_GIVEN] = 0
        if kind_of(comparison) and counts.sum() >= LEAST_PAIRS:
            names = [outcome.name for outcome in comparison.outcomes]
            expected = np.array([outcome.expected for outcome in comparison.outcomes])
            shares = (counts / counts.sum() + EXPECTED * expected / expected.sum()) / (1 + EXPECTED)
            yield str(kind_of(comparison)), dict(zip(names[1:], shares[1:], strict=True))


def _pairs(ids: list[str], clusters: dict[str, str]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    members: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(ids):
        members[clusters[record]].append(number)
    pairs = [pair for cluster in members.values() for pair in combinations(cluster, 2)]
    left, right = np.array(pairs, np.int32).T
    return left, right


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.priors", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name} instead of printing it")
    text = HEAD + yaml.safe_dump(measured(), sort_keys=False)
    if parser.parse_args().write:
        FILE.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
