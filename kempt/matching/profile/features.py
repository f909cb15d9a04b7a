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
_PLACEHOLDERS = ["", "n a", "na", "none", "null", "nan", "nil", "unknown", "tbd", "not applicable", "0", "no", "other"]
_TITLES = (
    *("mr", "mrs", "ms", "miss", "dr", "prof", "professor", "herr", "frau", "rev", "reverend", "hon"),
    *("sir", "dame", "lady", "lord", "baron", "baronet", "earl", "count", "duke"),
    *("captain", "capt", "col", "colonel", "general", "admiral"),
)

LONGEST = 256
"""Characters of a value that are compared letter by letter, which takes time by their square; texts are whole."""


def read_feature(connection: duckdb.DuckDBPyConnection, values: pa.ChunkedArray, role: Role) -> Column:
    """A source's text column as the role wants it."""
    raw = Column.of(values)
    numbers = pa.array(np.arange(len(raw.values)))
    distinct_values = pa.table({"n": numbers, "v": raw.values})  # noqa: F841, read by DuckDB below
    dropped = [*_PLACEHOLDERS, *(_TITLES if role == "given_name" else ())]
    compared = "made" if role == "text" else f"left(made, {LONGEST})"
    statement = f"""
        select n, case when not list_contains(?, made) then {compared} end as written
        from (select n, {_FORMS.get(role, _PLAIN)} as made from distinct_values)
    """
    found = connection.execute(statement, [dropped]).to_arrow_table()
    # Without an order by, which row comes first is DuckDB's choice.
    written = found.column("written").take(pa.array(np.argsort(found.column("n").to_numpy(), kind="stable")))
    if role not in ("email", "phone", "date"):
        written = _latin(written)
    return _recoded(raw, written)


def derived(column: Column, of_value: Callable[[str], str | None]) -> Column:
    """A column made of another's values, one by one."""
    return _recoded(column, pa.array([of_value(value) for value in column.values.to_pylist()], pa.large_string()))


def local_part(column: Column) -> Column:
    """The mailbox of an e-mail address, without what follows a plus sign."""
    return _recoded(column, pc.replace_substring_regex(column.values, r"(\+[^@]*)?@.*$", ""))


def domain(column: Column) -> Column:
    """What follows the @."""
    return _recoded(column, pc.replace_substring_regex(column.values, r"^[^@]*@", ""))


def slice_of(column: Column, start: int, stop: int | None) -> Column:
    """Some letters of each value; not given where there are none."""
    return _recoded(column, pc.utf8_slice_codeunits(column.values, start, stop))


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
    return column.with_vectors(*vectors), spread


def rarest_words(column: Column, places: int, known: Spread | None = None) -> tuple[Column, ...]:
    """For each value its rarest words, one column a place: where texts that share little else are looked for."""
    words = column.words
    frequency = np.bincount(words.items, minlength=1)
    rank = np.arange(len(frequency))
    if known is not None and len(column.values):
        # As rare as they are known to be; of words as rare the first by letters, whatever else is here.
        vocabulary = pc.split_pattern(column.values, " ").flatten().dictionary_encode().dictionary
        frequency, rank = known.words.of_each(vocabulary), pc.rank(vocabulary).to_numpy()
    value = np.repeat(np.arange(len(column.values)), np.diff(words.starts))
    order = np.lexsort((rank[words.items], frequency[words.items], value))
    place = np.arange(len(order)) - words.starts[value[order]]
    columns, numbers = [], pa.array(map(str, range(len(frequency))), pa.large_string())
    for at in range(places):
        chosen = order[place == at]
        codes = np.full(len(column.values) + 1, -1, np.int32)
        codes[value[chosen]] = words.items[chosen]
        columns.append(Column(codes=codes[column.codes], values=numbers))
    return tuple(columns)


def joined(parts: Sequence[Column]) -> Column:
    """One column of what stands in several, side by side."""
    rows, row = np.unique(np.column_stack([part.codes for part in parts]), axis=0, return_inverse=True)
    texts = [part.values.to_pylist() for part in parts]
    written = [" ".join(of[code] for of, code in zip(texts, codes, strict=True) if code >= 0) for codes in rows]
    return _recoded(Column(codes=row.astype(np.int32), values=(whole := pa.array(written, pa.large_string()))), whole)


def _latin(values: pa.ChunkedArray) -> pa.Array:
    """Scripts other than Latin in Latin letters."""
    whole = values.combine_chunks()
    foreign = pc.invert(pc.fill_null(pc.string_is_ascii(whole), True))
    if not pc.any(foreign).as_py():
        return whole
    spelled = [" ".join(anyascii(value).lower().split()) or None for value in whole.filter(foreign).to_pylist()]
    return pc.replace_with_mask(whole, foreign, pa.array(spelled, whole.type))


def _recoded(column: Column, values: pa.Array | pa.ChunkedArray) -> Column:
    """The column with other values, one for each it had; equal ones get one code."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    made = Column.of(pc.if_else(pc.equal(pc.fill_null(whole, ""), ""), None, whole))
    return Column(codes=np.append(made.codes, np.int32(-1))[column.codes], values=made.values)
