"""Records as the kernel reads them: a row of codes each, and the distinct values that the codes stand for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kempt.matching.kernel.encode import SLACK, encode, fold, utf8
from kempt.matching.kernel.library import MAX_RULES, TOKEN, VALUE, address, done, library
from kempt.matching.kernel.lists import words_of

NO_NUMBER = np.iinfo(np.int32).min
"""The number of a value that is none: nothing is within anything of it."""

# Codes that vector instructions may read past the end.
_SLACK_CODES = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Texts:
    """The texts of distinct values, and what comparators need to know of each: 32 bytes and the letters."""

    values: NDArray[np.void]
    narrow: NDArray[np.uint8]
    """The bytes of all of them, of which those in ASCII are read; they are the values' own."""
    wide: NDArray[np.uint32]
    """The code points of the others."""
    longest: int

    @classmethod
    def of(cls, values: pa.Array) -> "Texts":
        """Reads each value once."""
        offsets, data = utf8(values)
        count, longest = len(values), np.zeros(1, np.int64)
        if len(data) < offsets[-1] + SLACK:
            data = np.append(data, np.zeros(SLACK, np.uint8))
        described = np.zeros(count, VALUE)
        wide = np.zeros(library().text_wide(address(data), address(offsets), count) + 1, np.uint32)
        texts = (address(described), address(wide), address(longest))
        done(library().text_read(address(data), address(offsets), count, *texts))
        return cls(values=described, narrow=data, wide=wide, longest=int(longest[0]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lists:
    """A list of distinct, ascending numbers per value, end to end."""

    starts: NDArray[np.int64]
    items: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vectors:
    """A sparse vector per value, end to end: tokens[starts[v]:starts[v + 1]] of value v, ascending."""

    starts: NDArray[np.int64]
    tokens: NDArray[np.void]
    """Each a `token` and its `weight`, side by side, since both are read together."""

    @classmethod
    def of(cls, starts: NDArray[Any], tokens: NDArray[Any], weights: NDArray[Any]) -> "Vectors":
        """Of tokens and weights apart. Raises ValueError for what is no list of vectors."""
        starts, tokens = np.ascontiguousarray(starts, np.int64), np.ascontiguousarray(tokens, np.int32)
        if len(starts) == 0 or starts[0] != 0 or starts[-1] != len(tokens):
            raise ValueError("vectors must start at 0 and end with their tokens.")
        if np.any(np.diff(starts) < 0):
            raise ValueError("the starts of vectors must ascend.")
        first = np.zeros(len(tokens) + 1, bool)
        first[starts] = True
        if np.any(np.diff(tokens) <= 0, where=~first[1:-1]):
            raise ValueError("the tokens of each vector must ascend, without repetition.")
        if len(weights) != len(tokens) or not np.all(np.isfinite(weights)):
            raise ValueError("each token of a sparse vector needs one finite weight.")
        both = np.empty(len(tokens), TOKEN)
        both["token"], both["weight"] = tokens, weights
        return cls(starts=starts, tokens=both)


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One code per record, -1 where no value is given, and the distinct values by code."""

    codes: NDArray[np.int32]
    values: pa.Array
    vectors: Vectors | None = None
    numbers: NDArray[np.int32] | None = None

    @classmethod
    def of(cls, values: pa.Array | pa.ChunkedArray) -> "Column":
        """Encodes an Arrow array; a dictionary array whose values are distinct is taken as it is."""
        if not pa.types.is_dictionary(values.type):
            codes, distinct = encode(values)
            return cls(codes=codes, values=distinct)
        made = cls.coded(values)
        distinct = cls.of(made.values)
        again = made.values.null_count or len(distinct.values) < len(distinct.codes)
        return distinct.taken(made.codes) if again else made

    @classmethod
    def coded(cls, values: pa.Array | pa.ChunkedArray) -> "Column":
        """The same, but nobody looks whether the values of a dictionary array are distinct: those of files are."""
        whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        if not pa.types.is_dictionary(whole.type):
            return cls.of(whole)
        indices = pc.fill_null(whole.indices, -1).cast(pa.int32()).to_numpy(zero_copy_only=False)
        return cls(codes=indices, values=whole.dictionary.cast(pa.large_string()))

    def taken(self, records: NDArray[Any]) -> "Column":
        """The column of these records, by number; -1 for one that has no value."""
        return Column(codes=np.append(self.codes, np.int32(-1))[records], values=self.values)

    def moved(self, codes: NDArray[np.int32]) -> "Column":
        """The column with the same codes somewhere else; what was made of its values stays."""
        made = replace(self, codes=codes)
        made.__dict__.update({name: each for name, each in self.__dict__.items() if name in ("texts", "words")})
        return made

    def start(self, letters: int) -> "Column":
        """The column of the first letters, for blocking keys like `family_key:3`."""
        return Column.of(fold(self.values, "first", letters)[0]).taken(self.codes)

    def with_vectors(self, vectors: Vectors) -> "Column":
        """With a sparse vector per value, which `cosine` compares."""
        if len(vectors.starts) != len(self.values) + 1:
            raise ValueError("every distinct value needs one sparse vector, which may be empty.")
        return replace(self, vectors=vectors)

    def with_numbers(self, numbers: NDArray[Any]) -> "Column":
        """With a number per value (a date as days), which `within` compares; NO_NUMBER for a value that is none."""
        if len(numbers) != len(self.values):
            raise ValueError("every distinct value needs one number.")
        return replace(self, numbers=np.ascontiguousarray(numbers, np.int32))

    @cached_property
    def texts(self) -> Texts:
        """The texts of the values."""
        return Texts.of(self.values)

    @cached_property
    def words(self) -> Lists:
        """The distinct words of each value, as numbers; words are what stands between single spaces."""
        words = words_of(self.values)
        return Lists(starts=words.starts, items=words.items)

    def codes_in(self, other: "Column") -> NDArray[np.int32]:
        """The code that each of its values has in another column, or -1."""
        found = pc.index_in(self.values, value_set=other.values)
        return np.ascontiguousarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Columns:
    """The records: the codes of all columns side by side, 4 bytes each."""

    columns: Mapping[str, Column]
    records: int
    codes: NDArray[np.int32]
    """Flat, record by record."""

    @classmethod
    def of(cls, columns: Mapping[str, Column | pa.Array | pa.ChunkedArray]) -> "Columns":
        """Puts the columns side by side, in their order."""
        made = {name: each if isinstance(each, Column) else Column.of(each) for name, each in columns.items()}
        lengths = {len(column.codes) for column in made.values()}
        if len(lengths) != 1 or not 0 < len(made) <= MAX_RULES:
            raise ValueError(f"the kernel takes 1 to {MAX_RULES} columns of one length.")
        records = lengths.pop()
        flat = np.full(records * len(made) + _SLACK_CODES, -1, np.int32)
        matrix = flat[: records * len(made)].reshape(records, len(made))
        for at, column in enumerate(made.values()):
            if records and not -1 <= column.codes.min() <= column.codes.max() < len(column.values):
                raise ValueError("a code stands for no value.")
            matrix[:, at] = column.codes
        # The codes are held once.
        views = {name: column.moved(matrix[:, at]) for at, (name, column) in enumerate(made.items())}
        return cls(columns=views, records=records, codes=flat)

    def position(self, name: str) -> int:
        """Where a column stands in a row."""
        try:
            return list(self.columns).index(name)
        except ValueError:
            raise ValueError(f"the records have no column '{name}'; they have {', '.join(self.columns)}.") from None

    def mask(self, *names: str) -> int:
        """One bit per named column."""
        return sum({1 << self.position(name) for name in names})
