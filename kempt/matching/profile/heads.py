"""The part of a text that names what it is about: of "Department of Physics, Stanford University" the university.

Nobody says which part that is, but the texts do: what names something also stands alone in other texts of the column,
and its surroundings hardly ever do. Where few parts ever stand alone, as in addresses, a text is left as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.encode import decode
from kempt.matching.profile.features import read_feature

_BETWEEN = re.compile(r"[,;|/()\n]| [-–—] ")
OF_PARTS, STAND_ALONE = 0.2, 0.4
"""So many texts must have several parts, and so many of those must have a head that stands alone elsewhere."""
SOME = 2_000
GRIP = 10.0
"""Texts that place and words of a part are worth, against those in which it stood alone or did not."""
WORDS_COUNT = 2.0
"""How often the words of a part count, on average; all of them would say the same several times."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Parts:
    """The parts of all distinct texts, in their order: of which text, which part, and where it stands."""

    owner: Numbers
    code: Numbers
    place: Numbers
    """0 first, 1 between, 2 last."""
    several: NDArray[np.bool_]
    """Whether its text has more than one."""
    found: Column


def read_heads(connection: duckdb.DuckDBPyConnection, raw: Column) -> Column | None:
    """The column with the head of each text, written as a text is; None where texts have none."""
    # Most columns have none, and to know that some texts are enough.
    some = raw.values.take(pa.array(range(0, len(raw.values), max(1, len(raw.values) // SOME)), pa.int64()))
    if sum(_BETWEEN.search(text) is not None for text in some.to_pylist()) < OF_PARTS / 2 * len(some):
        return None
    parts = _parts(connection, raw.values)
    several = np.unique(parts.owner[parts.several])
    if not len(several) or len(several) < OF_PARTS * len(raw.values):
        return None
    chosen = _best(parts)
    known = np.bincount(parts.code[~parts.several], minlength=len(parts.found.values)) > 0
    if known[parts.code[chosen[parts.several[chosen]]]].mean() < STAND_ALONE:
        return None
    head = np.full(len(raw.values) + 1, -1, np.int32)
    head[parts.owner[chosen]] = parts.code[chosen]
    return Column.of(decode(head[raw.codes], parts.found.values).cast(pa.large_string()))


def read_known_heads(connection: duckdb.DuckDBPyConnection, raw: Column, heads: Mapping[str, str | None]) -> Column:
    """The column with the heads that are known; of another text the last part that is one, or all of it."""
    parts = _parts(connection, raw.values)
    names = set(heads.values())
    whole = read_feature(connection, Column.of(raw.values), "text")
    texts: list[str | None] = [*whole.values.to_pylist(), None]
    found = [texts[code] for code in whole.codes]
    written = parts.found.values.to_pylist()
    for owner, code in zip(parts.owner.tolist(), parts.code.tolist(), strict=True):
        if written[code] in names:
            found[owner] = written[code]
    chosen = [heads.get(text, head) for text, head in zip(raw.values.to_pylist(), found, strict=True)]
    return Column.of(pa.array([*chosen, None], pa.large_string()).take(pa.array(raw.codes % (len(chosen) + 1))))


def _parts(connection: duckdb.DuckDBPyConnection, texts: pa.Array) -> _Parts:
    split = [_BETWEEN.split(text) for text in texts.to_pylist()]
    owner = np.repeat(np.arange(len(split)), [len(parts) for parts in split])
    written = pa.array([part for parts in split for part in parts], pa.large_string())
    found = read_feature(connection, Column.of(written), "text")
    owner, code = owner[found.codes >= 0], found.codes[found.codes >= 0].astype(np.int64)
    first, last = np.ones(len(owner), bool), np.ones(len(owner), bool)
    first[1:] = last[:-1] = owner[1:] != owner[:-1]
    return _Parts(
        owner=owner, code=code, place=np.where(last, 2, np.where(first, 0, 1)), several=~(first & last), found=found
    )


def _best(parts: _Parts) -> Numbers:
    """The part of each text that is likeliest to stand alone; of several the last."""
    size = len(parts.found.values)
    within = parts.several
    alone = np.bincount(parts.code[~within], minlength=size)
    inside = np.bincount(parts.code[within], minlength=size)
    known = (alone > 0)[parts.code[within]]
    standing = [known[parts.place[within] == at] for at in range(3)]
    by_place = np.array([(each.sum() + 1) / (len(each) + 2) for each in standing])
    by_words = _by_words(parts.found, alone, inside)
    odds = np.log(by_place / (1 - by_place))[parts.place] + WORDS_COUNT * by_words[parts.code]
    expected = 1 / (1 + np.exp(-odds))
    score = (alone[parts.code] + GRIP * expected) / ((alone + inside)[parts.code] + GRIP)
    order = np.lexsort((np.arange(len(score)), score, parts.owner))
    best: Numbers = order[np.append(parts.owner[order][1:] != parts.owner[order][:-1], True)]
    return best


def _by_words(parts: Column, alone: NDArray[Any], inside: NDArray[Any]) -> NDArray[np.float64]:
    """What the words of each part say on average, in log odds, for standing alone."""
    words = parts.words
    part = np.repeat(np.arange(len(parts.values)), np.diff(words.starts))
    both, never = (alone > 0) & (inside > 0), (inside > 0) & (alone == 0)
    share = both.sum() / max(1, both.sum() + never.sum())
    size = int(words.items.max(initial=0)) + 1
    yes, no = (np.bincount(words.items[kind[part]], minlength=size) for kind in (both, never))
    odds = np.log((yes + share + 1e-9) / (both.sum() + 1)) - np.log((no + 1 - share + 1e-9) / (never.sum() + 1))
    said = np.bincount(part, weights=odds[words.items], minlength=len(parts.values))
    return said / np.maximum(1, np.diff(words.starts))
