"""The figures of a run, for machines: report.json."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.encode import encode
from kempt.matching.kernel.runs import CORES
from kempt.matching.report.clusters import GATES, ClusterMetrics
from kempt.matching.report.judged import Judged
from kempt.matching.report.matched import Matched
from kempt.matching.report.warnings import warnings_of
from kempt.matching.weights import probability_of


def figures_of(
    matched: Matched,
    metrics: ClusterMetrics,
    *,
    reliability: dict[str, Any],
    peak_memory_mb: int,
    counts: Sequence[tuple[int, int]],
    judged: Judged | None,
) -> dict[str, Any]:
    """Counts, choices, doubts and seconds; `counts` are those of `count_values`, in the order of the columns."""
    return {
        "inputs": list(matched.inputs),
        "engine": matched.engine,
        "model": matched.version,
        "policy": matched.policy,
        "threshold": matched.threshold,
        "review_from": probability_of(matched.review_from),
        "rows": len(matched.labels) + matched.refused,
        "refused": matched.refused,
        "records": len(matched.labels),
        **_clusters(matched, metrics),
        "candidate_pairs": matched.compared,
        "pairs": {each["band"]: each["pairs"] for each in reliability["bands"]},
        "reliability": reliability,
        "rounds": matched.trained.rounds,
        "settled": matched.trained.settled,
        "warnings": list(warnings_of(matched)),
        "columns": _columns(matched, counts),
        "comparisons": [each.name for each in matched.description.comparisons],
        "labels": judged and judged.as_json(),
        "seconds": dict(matched.seconds),
        "peak_memory_mb": peak_memory_mb,
    }


def _clusters(matched: Matched, metrics: ClusterMetrics) -> dict[str, Any]:
    sizes = np.bincount(matched.labels)
    sizes = sizes[sizes > 0]
    expected = metrics.mean_probability
    return {
        "clusters": len(sizes),
        "clusters_of_two_or_more": int((sizes > 1).sum()),
        "duplicates": int(len(matched.labels) - len(sizes)),
        "largest_cluster": int(sizes.max()),
        "ambiguous": len(matched.ambiguous),
        "clusters_failing": {gate: int((metrics.gate == at).sum()) for at, gate in enumerate(GATES)},
        "bridges": int(metrics.bridges.sum()),
        "expected_precision": None if expected is None else round(expected, 6),
    }


def _columns(matched: Matched, counts: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """What each column was taken for, how many records have it, and how many values it has."""
    of = dict(zip(matched.table.column_names, counts, strict=True))
    return [
        {"column": each.column, "role": each.role, "why": each.why}
        | dict(zip(("given", "distinct"), of[each.column], strict=True))
        for each in matched.description.readings
    ]


def count_values(table: pa.Table) -> list[tuple[int, int]]:
    """Of each column how many records have a value that is not blank, and how many such values there are."""
    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(lambda column: _counted(Column.coded(column)), table.columns))


def _counted(column: Column) -> tuple[int, int]:
    """Values count without spaces around."""
    trimmed = pc.utf8_trim_whitespace(column.values)
    if not trimmed.equals(column.values) or pc.any(pc.equal(trimmed, "")).as_py():
        codes, trimmed = encode(trimmed, empty=False)
        column = Column(codes=codes, values=trimmed).taken(column.codes)
    return int(np.count_nonzero(column.codes >= 0)), len(trimmed)
