"""What was read off the records that a model learned from, so that other records are described just like them.

How alike two texts are, which word of a name is the family name, and what a part of a text names depends on the other
records. Frozen here, it depends on these two alone: more records never change an old pair.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kempt.matching.kernel.columns import Column
from kempt.matching.profile.roles import ROLES, Reading

NOT_KNOWN = "the model does not know it"
TABLE = pa.schema(
    [
        ("what", pa.string()),
        ("of_column", pa.string()),
        ("value", pa.large_string()),
        ("records", pa.int64()),
        ("stands_for", pa.large_string()),
    ]
)
"""One row for each thing counted: of what kind, in which column, and how often; or what a value stands for."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """How often each of some values was found; any other value counts as found once."""

    values: pa.Array
    found: NDArray[np.int64]

    @classmethod
    def of(cls, values: pa.Array, found: NDArray[Any]) -> "Counts":
        """Those found more than once: the others need not be kept."""
        kept = found > 1
        return cls(values=values.filter(pa.array(kept)).cast(pa.large_string()), found=found[kept].astype(np.int64))

    def of_each(self, values: pa.Array) -> NDArray[np.int64]:
        """How often each value was found."""
        at = pc.fill_null(pc.index_in(values.cast(pa.large_string()), value_set=self.values), -1)
        found: NDArray[np.int64] = np.append(self.found, 1)[at.to_numpy(zero_copy_only=False)]
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """In how many of `texts` distinct texts of a column each word stands, and each three letters in a row."""

    texts: int
    words: Counts
    letters: Counts
    """Three bytes are written as the number they make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Of a description what other records cannot be asked for: its choices, and what it counted."""

    readings: tuple[Reading, ...]
    """As columns were taken before some were left out for what stands in others."""
    repeated: tuple[tuple[str, str], ...] = ()
    address: tuple[str, tuple[str, ...]] | None = None
    own: str | None = None
    generation: bool = False
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    names: tuple[Counter[str], Counter[str]] | None = None
    """How many records have each given and each family name, where whole names are split by them."""
    heads: Mapping[str, str | None] | None = None
    """What each text of the column `own` is about, where it was found out."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that records must have: those that were read, but for what others say again."""
        again = {part for _, part in self.repeated}
        return tuple(each.column for each in self.readings if each.role != "nothing" and each.column not in again)

    def readings_of(self, columns: Sequence[str]) -> list[Reading]:
        """The same readings for other records' columns; one that is new tells nothing."""
        known = {each.column: each for each in self.readings}
        return [known.get(name) or Reading(column=name, role="nothing", why=NOT_KNOWN) for name in columns]

    def as_json(self) -> dict[str, Any]:
        """The choices."""
        return {
            "columns": [{"column": each.column, "role": each.role, "why": each.why} for each in self.readings],
            "repeated": [list(each) for each in self.repeated],
            "address": None if self.address is None else [self.address[0], list(self.address[1])],
            "own": self.own,
            "generation": self.generation,
            "texts": {name: each.texts for name, each in self.spreads.items()},
            "splits_names": self.names is not None,
            "finds_heads": self.heads is not None,
        }

    def as_table(self) -> pa.Table:
        """What was counted."""
        parts = [TABLE.empty_table()]
        for name, spread in self.spreads.items():
            parts += [counted("word", name, spread.words), counted("letters", name, spread.letters)]
        for what, counts in zip(("given name", "family name"), self.names or (), strict=False):
            parts.append(_rows(what, "", list(counts), list(counts.values())))
        if self.heads is not None:
            parts.append(_rows("head", self.own or "", list(self.heads), stands_for=list(self.heads.values())))
        return pa.concat_tables(parts)

    @classmethod
    def read(cls, choices: Mapping[str, Any], table: pa.Table) -> "Known":
        """What was kept."""
        roles = {each: each for each in ROLES}
        readings = tuple(
            Reading(column=each["column"], role=roles[each["role"]], why=each["why"]) for each in choices["columns"]
        )
        given, family = (_counter(table, what) for what in ("given name", "family name"))
        heads = chosen(table, "head", choices["own"] or "")
        return cls(
            readings=readings,
            repeated=tuple((whole, part) for whole, part in choices["repeated"]),
            address=None if choices["address"] is None else (choices["address"][0], tuple(choices["address"][1])),
            own=choices["own"],
            generation=choices["generation"],
            spreads={
                name: Spread(
                    texts=texts, words=counts_in(table, "word", name), letters=counts_in(table, "letters", name)
                )
                for name, texts in choices["texts"].items()
            },
            names=(given, family) if choices["splits_names"] else None,
            heads=dict(zip(heads["value"].to_pylist(), heads["stands_for"].to_pylist(), strict=True))
            if choices["finds_heads"]
            else None,
        )


def heads_found(raw: Column, heads: Column) -> dict[str, str | None]:
    """The head of each text, as it was found."""
    code, first = np.unique(raw.codes, return_index=True)
    texts, found = raw.values.to_pylist(), [*heads.values.to_pylist(), None]
    return {texts[at]: found[heads.codes[row]] for at, row in zip(code, first, strict=True) if at >= 0}


def counted(what: str, column: str, counts: Counts) -> pa.Table:
    """Counts as rows."""
    return _rows(what, column, counts.values, counts.found)


def counts_in(table: pa.Table, what: str, column: str) -> Counts:
    """The counts that rows hold."""
    rows = chosen(table, what, column)
    return Counts(values=rows["value"].combine_chunks(), found=rows["records"].to_numpy().astype(np.int64))


def chosen(table: pa.Table, what: str, column: str) -> pa.Table:
    """The rows of one kind and column."""
    return table.filter(pc.and_(pc.equal(table["what"], what), pc.equal(table["of_column"], column)))


def _counter(table: pa.Table, what: str) -> Counter[str]:
    rows = chosen(table, what, "")
    return Counter(dict(zip(rows["value"].to_pylist(), rows["records"].to_pylist(), strict=True)))


def _rows(what: str, column: str, values: Any, records: Any = None, stands_for: Any = None) -> pa.Table:
    columns = {
        "what": pa.array([what] * len(values), pa.string()),
        "of_column": pa.array([column] * len(values), pa.string()),
        "value": pa.array(values, pa.large_string()),
        "records": pa.nulls(len(values), pa.int64()) if records is None else pa.array(records, pa.int64()),
        "stands_for": pa.nulls(len(values), pa.large_string())
        if stands_for is None
        else pa.array(stands_for, pa.large_string()),
    }
    return pa.table(columns, schema=TABLE)
