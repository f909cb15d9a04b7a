"""Rows that are wrong on purpose, and their correction a day later."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kempt.sample.draw import Chance, Texts, Whole, how_many
from kempt.sample.rows import Rows
from kempt.sample.sources import SOURCES

MALFORMED = "malformed"
_KEYS = ("key", "email", "full")
_IDENTITY = ("given", "family", "full", "email", "phone", "company", "website", "tax_id", "contact")
_SMALL_SOURCE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The spoiled rows: what each was before, and which lead to nobody or will be corrected."""

    rows: Whole
    before: dict[str, Texts]
    nobody: Whole
    correctable: Whole
    """Positions in `rows`."""


def spoil(chance: Chance, rows: Rows, sources: Whole, share: float) -> Faults:
    """Make a share of each source's first rows malformed, going through the source's kinds of fault in turn."""
    before = {name: values.copy() for name, values in rows.columns.items()}
    spoiled: list[tuple[int, str]] = []
    for at in sources:
        there = rows.of(int(at))
        there = chance.permutation(there[rows.arrives[there] == 0])
        n = how_many(len(there), share) if len(there) >= _SMALL_SOURCE or at == sources[0] else 0
        faults = SOURCES[at].faults
        for order, row in enumerate(there[:n]):
            fault = faults[order % len(faults)]
            _FAULTS[fault](rows, int(row), int(there[-1 - order]))
            spoiled.append((int(row), fault))
            if fault == "same_key":
                spoiled.append((int(there[-1 - order]), fault))
    positions = np.array([row for row, _ in spoiled], dtype=np.int64)
    rows.kind[positions] = MALFORMED
    return Faults(
        rows=positions,
        before={name: values[positions] for name, values in before.items()},
        nobody=np.array([row for row, fault in spoiled if fault in ("junk", "no_identity")], dtype=np.int64),
        correctable=np.array([at for at, (_, fault) in enumerate(spoiled) if fault != "same_key"], dtype=np.int64),
    )


def correct(chance: Chance, rows: Rows, faults: Faults, share: float) -> Whole:
    """Put a share of the malformed rows right again; which ones."""
    chosen = chance.permutation(faults.correctable)[: how_many(len(faults.rows), share)]
    fixed: Whole = faults.rows[chosen]
    for name, values in faults.before.items():
        rows.columns[name][fixed] = values[chosen]
    rows.ragged[fixed] = False
    return fixed


def _ragged(rows: Rows, row: int, _: int) -> None:
    rows.ragged[row] = True


def _no_key(rows: Rows, row: int, _: int) -> None:
    composite = not SOURCES[rows.source[row]].key
    for name in _KEYS[1:] if composite else _KEYS[:1]:
        rows.columns[name][row] = ""


def _bad_date(rows: Rows, row: int, _: int) -> None:
    name = "created" if "created" in SOURCES[rows.source[row]].columns.values() else "updated"
    rows.columns[name][row] = "2025-02-31T10:00:00"


def _no_identity(rows: Rows, row: int, _: int) -> None:
    remains = rows.columns["email"][row].replace("@", ".") or "somebody.example"
    for name in (*_IDENTITY, "street", "city", "region", "postal", "birth", "account", "title"):
        if name in rows.columns:
            rows.columns[name][row] = ""
    rows.columns["email"][row] = remains


def _junk(rows: Rows, row: int, _: int) -> None:
    for name in (*_IDENTITY, "street", "city", "postal", "title"):
        if name in rows.columns:
            rows.columns[name][row] = "N/A"
    for name in ("birth", "account"):
        if name in rows.columns:
            rows.columns[name][row] = ""


def _same_key(rows: Rows, row: int, partner: int) -> None:
    """The row repeats its partner, key and all, with another town."""
    for values in rows.columns.values():
        values[row] = values[partner]
    rows.entity[row] = rows.entity[partner]
    rows.columns["city"][row] = f"{rows.columns['city'][partner]} (new)"


_FAULTS: dict[str, Callable[[Rows, int, int], None]] = {
    "ragged": _ragged,
    "no_key": _no_key,
    "bad_date": _bad_date,
    "no_identity": _no_identity,
    "same_key": _same_key,
    "junk": _junk,
}
