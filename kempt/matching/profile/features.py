"""The columns that are compared, made from the columns that were read; each distinct value is rewritten once.

A feature is null where its source is empty or holds a placeholder, so that what is not known never counts as equal.
"""

from collections.abc import Callable, Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.encode import Fold, encode, fold, longest
from kempt.matching.kernel.lists import words_by_letters, words_of
from kempt.matching.profile.known import Spread
from kempt.matching.profile.roles import Role
from kempt.matching.profile.vectors import vectors_of
from kempt.records.standardizers.nickname_roots import nickname_key

# Letters and digits in lower case, single spaces between words.
_PLAIN = (
    "trim(regexp_replace(replace(replace(lower(strip_accents(nfc_normalize(v))), '''', ''), chr(8217), ''), "
    r"'[^\p{L}\p{N}]+', ' ', 'g'))"
)
_DAY = r"""
coalesce(
    strftime(try_cast(regexp_extract(v, '^\d{4}-\d{1,2}-\d{1,2}') as date), '%Y%m%d'),
    strftime(try_strptime(replace(v, ',', ''), [
        '%Y%m%d', '%m/%d/%y', '%m/%d/%Y', '%d/%m/%y', '%d/%m/%Y', '%d.%m.%y', '%d.%m.%Y',
        '%d-%b-%y', '%d-%b-%Y', '%d %b %Y', '%d %B %Y', '%b %d %Y', '%B %d %Y'
    ]), '%Y%m%d'),
    regexp_replace(v, '\D', '', 'g')
)
"""
_FORMS: Mapping[Role, str] = {
    # Of "Ada Stone <ada@example.com>" the address.
    "email": r"lower(trim(coalesce(nullif(regexp_extract(v, '<\s*([^<>\s]+@[^<>\s]+)\s*>', 1), ''), v)))",
    "phone": r"right(regexp_replace(regexp_replace(lower(v), '(x|ext).*$', ''), '\D', '', 'g'), 10)",
    "date": _DAY,
    "url": r"rtrim(regexp_replace(lower(trim(v)), '^(https?://)?(www\.)?', ''), '/')",
    "number": f"replace({_PLAIN}, ' ', '')",
}
_FOLDS: Mapping[Role, Fold] = {"email": "email", "phone": "phone", "number": "without_spaces"}
_PLACEHOLDERS = ["", "n a", "na", "none", "null", "nan", "nil", "unknown", "tbd", "not applicable", "0", "no", "other"]
_TITLES = (
    *("mr", "mrs", "ms", "miss", "dr", "prof", "professor", "herr", "frau", "rev", "reverend", "hon"),
    *("sir", "dame", "lady", "lord", "baron", "baronet", "earl", "count", "duke"),
    *("captain", "capt", "col", "colonel", "general", "admiral"),
)
_DROPPED: Mapping[Role, list[str]] = {"given_name": [*_PLACEHOLDERS, *_TITLES]}

LONGEST = 256
"""Characters of a value that are compared letter by letter, which takes time by their square; texts are whole."""


def read_feature(connection: duckdb.DuckDBPyConnection, raw: Column, role: Role) -> Column:
    """A source's text column as the role wants it."""
    written = _folded(connection, raw.values, role)
    dropped = pc.is_in(written, value_set=pa.array(_DROPPED.get(role, _PLACEHOLDERS), pa.large_string()))
    if pc.any(dropped).as_py():
        written = pc.if_else(dropped, pa.scalar("", pa.large_string()), written)
    if role != "text" and longest(written) > LONGEST:
        written = pc.utf8_slice_codeunits(written, 0, LONGEST)
    return _recoded(raw, written if role in ("email", "phone", "date") else _latin(written))


def _folded(connection: duckdb.DuckDBPyConnection, values: pa.Array, role: Role) -> pa.Array:
    """The values as the role wants them, ASCII letters by the kernel, others by DuckDB."""
    how = _FOLDS.get(role, None if role in _FORMS else "plain")
    made, left = fold(values, how) if how else (values, np.ones(len(values), bool))
    if not left.any():
        return made
    others = pa.table({"n": np.flatnonzero(left), "v": values.filter(pa.array(left))})  # noqa: F841, read by DuckDB below
    found = connection.execute(f"select n, {_FORMS.get(role, _PLAIN)} as made from others").to_arrow_table()
    # Without an order by, which row comes first is DuckDB's choice.
    order = pa.array(np.argsort(found.column("n").to_numpy(), kind="stable"))
    written = found.column("made").take(order).combine_chunks().cast(pa.large_string())
    return written if left.all() else pc.replace_with_mask(made, pa.array(left), written)


def derived(column: Column, of_value: Callable[[str], str | None]) -> Column:
    """A column made of another's values, one by one."""
    return _recoded(column, pa.array([of_value(value) for value in column.values.to_pylist()], pa.large_string()))


def local_part(column: Column) -> Column:
    """The mailbox of an e-mail address, without what follows a plus sign."""
    return _without(column, "mailbox", r"(\+[^@]*)?@.*$")


def domain(column: Column) -> Column:
    """What follows the @."""
    return _without(column, "domain", r"^[^@]*@")


def _without(column: Column, how: Fold, pattern: str) -> Column:
    """What is left of each value without a pattern, which the kernel knows for ASCII."""
    made, left = fold(column.values, how)
    if left.any():
        written = pc.replace_substring_regex(column.values.filter(pa.array(left)), pattern, "")
        made = pc.replace_with_mask(made, pa.array(left), written)
    return _recoded(column, made)


def first(column: Column, letters: int) -> Column:
    """So many letters of each value from its start."""
    return _recoded(column, fold(column.values, "first", letters)[0])


def last(column: Column, letters: int) -> Column:
    """So many letters of each value up to its end."""
    return _recoded(column, fold(column.values, "last", letters)[0])


def after(column: Column, letters: int) -> Column:
    """What follows so many letters of each value; not given where nothing does."""
    return _recoded(column, pc.utf8_slice_codeunits(column.values, letters, None))


def turned(column: Column) -> Column:
    """Dates with month and day the other way round; not given where that is the same date or none."""
    return derived(column, _turned)


def _turned(day: str) -> str | None:
    month, rest = day[4:6], day[6:8]
    return day[:4] + rest + month if len(day) == 8 and month != rest and "01" <= rest <= "12" else None


def filled(column: Column, other: Column, of_value: Callable[[str], str | None]) -> Column:
    """The column with what can be read from another where it is not given."""
    read = derived(other, of_value)
    gaps = (column.codes < 0) & (read.codes >= 0)
    values = pa.concat_arrays([column.values, read.values])
    codes = np.where(gaps, read.codes + np.int32(len(column.values)), column.codes)
    return _recoded(Column(codes=codes.astype(np.int32), values=values), values)


def nickname_root(column: Column) -> Column:
    """The given name that a nickname stands for."""
    return derived(column, lambda value: nickname_key(value) or value)


def with_vectors(column: Column, known: Spread | None = None) -> tuple[Column, Spread]:
    """The column with what `cosine` compares, and how its words are spread; or as is known of other texts."""
    vectors, spread = vectors_of(column.values, known)
    return column.with_vectors(vectors), spread


def rarest_words(column: Column, places: int, known: Spread | None = None) -> tuple[Column, ...]:
    """For each value its rarest words, one column a place: where texts that share little else are looked for."""
    if known is None:
        words = words_of(column.values)
        rarest = words.rarest(places, words.spread())
    else:
        # As rare as they are known to be; of words as rare the first by letters, whatever else is here.
        words, written = words_by_letters(column.values)
        rarest = words.rarest(places, known.words.of_each(written))
    numbers = pa.array(np.arange(int(rarest.max(initial=-1)) + 1)).cast(pa.large_string())
    return tuple(Column(codes=codes, values=numbers).taken(column.codes) for codes in rarest)


def joined(parts: Sequence[Column]) -> Column:
    """One column of what stands in several, side by side."""
    rows, row = np.unique(np.column_stack([part.codes for part in parts]), axis=0, return_inverse=True)
    texts = [part.values.to_pylist() for part in parts]
    written = [" ".join(of[code] for of, code in zip(texts, codes, strict=True) if code >= 0) for codes in rows]
    return _recoded(Column(codes=row.astype(np.int32), values=(whole := pa.array(written, pa.large_string()))), whole)


def _latin(whole: pa.Array) -> pa.Array:
    """Scripts other than Latin in Latin letters."""
    foreign = pc.invert(pc.fill_null(pc.string_is_ascii(whole), True))
    if not pc.any(foreign).as_py():
        return whole
    spelled = [" ".join(anyascii(value).lower().split()) or None for value in whole.filter(foreign).to_pylist()]
    return pc.replace_with_mask(whole, foreign, pa.array(spelled, whole.type))


def _recoded(column: Column, values: pa.Array) -> Column:
    """The column with other values, one for each it had; equal ones get one code, and empty ones none."""
    codes, distinct = encode(values, empty=False)
    return Column(codes=codes, values=distinct).taken(column.codes)
