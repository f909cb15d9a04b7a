"""What one file of `kempt match` gave: its rows as text, those that could not be read, and what to know of them."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.encode import Texts, decode, longest
from kempt.matching.kernel.runs import CORES

LONGEST_VALUE = 32_767
"""Characters of a value that are read, as many as a cell of a spreadsheet holds; no name or address has more."""
LONGEST_NAME, LONGEST_LINE = 100, 2_000
SOME = 5
"""So many examples are named in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that could not be read: the line where it begins, or its row in a workbook, and why."""

    file: str
    line: int
    reason: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """The rows of a file, all columns text by their codes, null where nothing is given.

    `numbers` count the rows, the refused ones too.
    """

    file: str
    table: pa.Table
    numbers: NDArray[np.int64]
    repeated: frozenset[str] = frozenset()
    """Names that several columns have in the file."""
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Names that can be typed and shown, none twice; those that several columns had, and what had to be changed."""

    names: list[str]
    repeated: frozenset[str]
    notes: tuple[str, ...]


def fit_names(raw: Sequence[str], file: str) -> Header:
    """The header that a file is given for the one that it has."""
    names: list[str] = []
    taken = {_plain(name) for name in raw}
    used: dict[str, int] = {}
    changed = []
    for at, name in enumerate(raw, start=1):
        fit, why = _plain(name), ""
        if not fit:
            fit, why = f"column_{at}", "has no name"
        elif len(fit) > LONGEST_NAME:
            fit, why = fit[: LONGEST_NAME - 1] + "…", f"has a name of {len(name):,} characters"
        elif any(not char.isprintable() and not char.isspace() for char in name):
            why = "has control characters in its name"
        if fit in used:
            used_name = fit
            fit, why = _another(fit, used, taken), f"repeats the name {_short(used_name)}"
        used.setdefault(fit, 1)
        names.append(fit)
        if why:
            changed.append(f"column {at} {why} and is called {_short(fit)}")
    notes = (f"{file}: {some_of(changed, '; ')}. Correct the header where that is not meant.",) if changed else ()
    repeated = frozenset(name for name, times in used.items() if times > 1)
    return Header(names=names, repeated=repeated, notes=notes)


def some_of(found: Sequence[str], between: str = ", ") -> str:
    """The first few, and how many more there are."""
    more = len(found) - SOME
    return between.join(found[:SOME]) + (f"{between}and {more:,} more" if more > 0 else "")


def so_many(count: int, one: str, several: str) -> str:
    """The number and its noun."""
    return f"{count:,} {one if count == 1 else several}"


def whole(columns: Iterable[tuple[str, Texts | Column]], file: str) -> tuple[pa.Table, tuple[str, ...]]:
    """A table of texts by their codes, too long values cut, NUL characters left out, and what was done."""
    named = list(columns)
    with ThreadPoolExecutor(CORES) as pool:
        made = list(pool.map(lambda each: _whole(each[1]), named))
    names = [name for name, _ in named]
    cut = [f"{many:,} of {name}" for name, (_, many, _) in zip(names, made, strict=True) if many]
    nul = [name for name, (_, _, had) in zip(names, made, strict=True) if had]
    table = pa.table(
        {name: decode(column.codes, column.values) for name, (column, _, _) in zip(names, made, strict=True)}
    )
    return table, (*cut_note(cut, file), *nul_note(nul, file))


def _whole(texts: Texts | Column) -> tuple[Column, int, bool]:
    """The column, how many of its rows were cut, and whether it had NUL characters."""
    column = texts if isinstance(texts, Column) else Column.of(texts)
    values, many = column.values, 0
    if longest(values) > LONGEST_VALUE:
        long = pc.greater(pc.utf8_length(values), LONGEST_VALUE).to_numpy(zero_copy_only=False)
        many = int(np.append(long, False)[column.codes].sum())
        values, _ = shortened(values)
    if nul := pc.any(pc.match_substring(values, "\0")).as_py() or False:
        values = pc.replace_substring(values, "\0", "")
    return column if values is column.values else Column.of(values).taken(column.codes), many, nul


def shortened(text: pa.Array | pa.ChunkedArray) -> tuple[pa.Array | pa.ChunkedArray, int]:
    """The values without what is beyond LONGEST_VALUE, and how many had more."""
    many = pc.sum(pc.greater(pc.utf8_length(text), LONGEST_VALUE)).as_py() or 0
    return (pc.utf8_slice_codeunits(text, 0, LONGEST_VALUE) if many else text), many


def cut_note(cut: Sequence[str], file: str) -> tuple[str, ...]:
    """The sentence on values that were cut."""
    if not cut:
        return ()
    return (
        f"{file}: values of more than {LONGEST_VALUE:,} characters were read only so far ({some_of(cut)}). "
        "Look whether a quote is missing there, or a document stands in a cell.",
    )


def nul_note(columns: Sequence[str], file: str) -> tuple[str, ...]:
    """The sentence on NUL characters."""
    if not columns:
        return ()
    return (f"{file}: NUL characters were left out of {some_of(columns)}. The file may be damaged; export it again.",)


def _plain(name: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in name).split())


def _another(name: str, used: dict[str, int], taken: set[str]) -> str:
    used[name] += 1
    while (other := f"{name}_{used[name]}") in taken or other in used:
        used[name] += 1
    return other


def _short(name: str) -> str:
    return f"'{name}'" if len(name) <= 30 else f"'{name[:29]}…'"
