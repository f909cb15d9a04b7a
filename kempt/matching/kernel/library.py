"""The compiled library: found, loaded and described to ctypes, which releases the GIL around every call.

The structs are those of source/kernel.h, field by field.
"""

import ctypes
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.errors import StopRun

MAX_RULES = 64
"""Rules, comparisons, constraints, columns and measures: one bit each."""

FAMILIES = (
    "jaro_winkler",
    "levenshtein",
    "damerau",
    "token_overlap",
    "cosine",
    "contains",
    "initial",
    "swapped",
    "within",
)

VALUE = np.dtype([("letters", "u1", 16), ("at", "u8"), ("length", "u4"), ("start", "u4")])
ROW = np.dtype([("left", "i4"), ("right", "i4"), ("pattern", "u8"), ("bits", "i8"), ("rules", "u8"), ("broken", "u8")])
TOKEN = np.dtype([("token", "i4"), ("weight", "f4")])
CELL = np.dtype([("pattern", "u8"), ("pairs", "i8")])

_STATES = {-1: "not enough memory", -2: "a value is not UTF-8"}


def _struct(name: str, **fields: Any) -> type[ctypes.Structure]:
    return type(name, (ctypes.Structure,), {"_fields_": list(fields.items())})


_I, _U, _P, _D = ctypes.c_int64, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_double

Column = _struct(
    "Column",
    **dict.fromkeys(("values", "narrow", "wide", "word_starts", "words", "token_starts", "tokens"), _P),
    numbers=_P,
)
Records = _struct("Records", count=_I, width=_I, codes=_P, columns=_P, longest=_I)
Measure = _struct("Measure", family=_I, column=_I, other=_I, to_other=_P, worst=_D, needed=_D * 5)
Test = _struct("Test", measure=_I, negated=_I, limit=_D)
Level = _struct("Level", equal_mask=_U, equal_value=_U, given_mask=_U, given_value=_U, first_test=_I, tests=_I)
Comparison = _struct("Comparison", first_level=_I, levels=_I, stride=_U)
Program = _struct(
    "Program",
    comparison_count=_I,
    comparisons=_P,
    levels=_P,
    tests=_P,
    measures=_P,
    constraint_count=_I,
    first_constraint=_I,
)
Weight = _struct("Weight", bits=_I, at_most=_I, upper=_I, first_frequency=_I, frequencies=_I)
Frequency = _struct("Frequency", column=_I, bits=_P)
Given = _struct("Given", comparison=_I, bits=_P)
Chances = _struct("Chances", alone=_P, first_given=_I, given=_I)
Weights = _struct(
    "Weights", prior=_I, cut=_I, levels=_P, frequencies=_P, order=_P, match=_P, other=_P, surprise=_P, given=_P
)
Rules = _struct("Rules", count=_I, keys=_P, left_out=_P)
Blocks = _struct("Blocks", rule=_I, count=_I, starts=_P, members=_P, right_from=_I)


class Found(ctypes.Structure):
    """What a run found, until `take` has copied it."""

    rows: int | None
    row_count: int
    cells: int | None
    cell_count: int
    pairs: int
    strings: int
    by_rule: ctypes.Array[ctypes.c_int64]
    alone: ctypes.Array[ctypes.c_int64]

    _fields_ = [
        *(("rows", _P), ("row_count", _I), ("row_room", _I)),
        *(("cells", _P), ("cell_count", _I), ("cell_room", _I)),
        *(("pairs", _I), ("strings", _I), ("by_rule", _I * MAX_RULES), ("alone", _I * MAX_RULES)),
    ]

    def take(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Copies of the rows and of the cells; the library's own memory is given back."""
        rows, cells = _copied(self.rows, self.row_count, ROW), _copied(self.cells, self.cell_count, CELL)
        library().kernel_release(ctypes.byref(self))
        return rows, cells


def _copied(at: int | None, count: int, dtype: np.dtype[np.void]) -> NDArray[np.void]:
    copy = np.empty(count if at else 0, dtype)
    if at and count:
        ctypes.memmove(copy.ctypes.data, at, copy.nbytes)
    return copy


def address(array: NDArray[Any] | None) -> int | None:
    """Where the array's data begin; the caller keeps the array for as long as the address is used."""
    if array is None:
        return None
    if not array.flags.c_contiguous:
        raise ValueError("an array that is passed to the kernel must be contiguous.")
    return int(array.ctypes.data)


def array_of(struct: type[ctypes.Structure], items: Sequence[Mapping[str, Any]]) -> "ctypes.Array[ctypes.Structure]":
    """The structs side by side; never empty, since a pointer to nothing is none."""
    array = (struct * max(1, len(items)))()
    for at, fields in enumerate(items):
        array[at] = struct(**fields)
    return array


def done(state: int) -> None:
    """Raises what the library reports."""
    if state < 0:
        raise StopRun(f"the match kernel stopped: {_STATES.get(state, f'state {state}')}.")


@functools.cache
def library() -> ctypes.CDLL:
    """The fastest build that this processor runs."""
    plain = load("_plain")
    fast = Path(__file__).parent / "_fast.so"
    return load("_fast") if fast.exists() and plain.kernel_fast_build_runs() else plain


def load(build: str) -> ctypes.CDLL:
    """One build of the library, by name."""
    path = Path(__file__).parent / f"{build}.so"
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise StopRun(
            f"the compiled match kernel is missing or of another machine ({path.name}: {error}). Build it where it "
            "runs: `make demo`, or `pip install --no-deps --no-build-isolation -e .` in the environment."
        ) from None
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


_RUN = [_P, _P, _P, _P]
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "encoder_begin": (_P, []),
    "encoder_add": (ctypes.c_int, [_P, _P, _P, _P, _I, _I, _I, _P]),
    "encoder_size": (None, [_P, _P]),
    "encoder_end": (None, [_P, _P, _P]),
    "keys_number": (_I, [_P, _I, _P, _P]),
    "codes_renumber": (_I, [_P, _I, _I, _P, _P]),
    "text_fold": (_I, [_P, _P, _I, _I, _I, _P, _P, _P]),
    "text_letters": (_I, [_P, _P, _I, _P, _P]),
    "text_words": (_I, [_P, _P, _I, _P, _P, _P]),
    "lists_distinct": (_I, [_P, _I, _P, _P]),
    "lists_spread": (None, [_P, _I, ctypes.c_int32, _P]),
    "lists_rarest": (None, [_P, _I, _P, _P, _I, _P]),
    "lists_weigh": (None, [_P, _I, _P, _P, _P, ctypes.c_int32, _P, _P, _D, ctypes.c_int32, _P, _P]),
    "text_wide": (_I, [_P, _P, _I]),
    "text_read": (ctypes.c_int, [_P, _P, _I, _P, _P, _P]),
    "blocks_sort": (_I, [_P, _I, _I, _P, _P, _I, _P, _P]),
    "blocks_cut": (_I, [_P, _P, _I, _I, _I, _P, _P, _P]),
    "blocks_meeting": (_I, [_I, _P, _P, _P, _P, _I, _I, _P, _P, _I]),
    "kernel_run": (ctypes.c_int, [*_RUN, _P, _I, _I, _P]),
    "kernel_run_pairs": (ctypes.c_int, [*_RUN, _P, _P, _I, _P]),
    "kernel_levels": (ctypes.c_int, [_P, _P, _P, _P, _I, _P]),
    "kernel_weigh": (None, [_P, _P, _P, _P, _P, _I, _P, _P]),
    "kernel_release": (None, [_P]),
    "kernel_fast_build_runs": (ctypes.c_int, []),
    "cluster_contract": (ctypes.c_int, [_I, _P, _P, _P, _P, _I, _I, _I, _P]),
    "cluster_connect": (None, [_I, _P, _P, _I, _P]),
}
