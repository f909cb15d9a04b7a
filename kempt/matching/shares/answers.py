"""What workers say, and all of it together."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kempt.matching.kernel.runs import Met, Scored

NUMBERS = ("pattern", "bits", "rules", "broken")
ANSWER = pa.schema(
    [
        *((name, pa.int32()) for name in ("left", "right")),
        *((name, pa.int64()) for name in (*NUMBERS, "at")),
        ("met", pa.list_(pa.int64())),
    ]
)
"""A row per pair, with unsigned numbers as signed ones; `at` is the place of a pair that was given. And a row without a
pair per worker, in which `met` holds its counts: pairs, measures, then by rule, then alone."""


def joined(parts: Sequence[Scored]) -> Scored:
    """The pairs of all parts, one after the other, and what they met together."""
    met = [each.met for each in parts]
    return Scored(
        **{name: np.concatenate([getattr(each, name) for each in parts]) for name in ("left", "right", *NUMBERS)},
        met=Met(
            pairs=sum(each.pairs for each in met),
            measures=sum(each.measures for each in met),
            by_rule=tuple(map(sum, zip(*(each.by_rule for each in met), strict=True))),
            alone=tuple(map(sum, zip(*(each.alone for each in met), strict=True))),
        ),
    )


def pairs_told(told: pa.Table, rules: int) -> Scored:
    """What all workers said together, by left and right, or as the pairs were given."""
    met = np.array(told["met"].drop_null().to_pylist(), np.int64).reshape(-1, 2 + 2 * rules).sum(axis=0).tolist()
    rows = told.filter(pc.is_valid(told["left"]))
    left, right = (rows[name].to_numpy().astype(np.int32) for name in ("left", "right"))
    places = rows["at"]
    order = np.lexsort((right, left)) if places.null_count else np.argsort(places.to_numpy())
    numbers = {name: rows[name].to_numpy()[order] for name in NUMBERS}
    unsigned = {name: numbers[name].view(np.uint64) for name in ("pattern", "rules", "broken")}
    counts = Met(pairs=met[0], measures=met[1], by_rule=tuple(met[2 : 2 + rules]), alone=tuple(met[2 + rules :]))
    return Scored(left=left[order], right=right[order], bits=numbers["bits"], **unsigned, met=counts)
