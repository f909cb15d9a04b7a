"""From a table of text columns to what is compared and where duplicates are looked for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kempt.matching.kernel.columns import Column
from kempt.matching.plan import Comparison
from kempt.matching.profile import comparisons as compare
from kempt.matching.profile import features as make
from kempt.matching.profile import names
from kempt.matching.profile.addresses import find_address
from kempt.matching.profile.heads import read_heads, read_known_heads
from kempt.matching.profile.known import Known, Spread, heads_found
from kempt.matching.profile.look import Key
from kempt.matching.profile.roles import FIRST, IDENTIFIER, Profile, Reading, Role, read_columns

SAMPLE = 2000
"""Distinct values of a column that are looked at."""
RARE_WORDS = 6
PATTERNS, COMPARISONS = 2**60, 24
OWN_NAME_GIVEN = 0.5
NAME_WORDS = 7.0
"""What has more words on average is no name alone, and strangers share some of them."""
_PLACE = re.compile(r"street|road|addr|city|town|district|county|region|state|country")
_NAME = re.compile(r"name|title|organi[sz]ation|company|firma|employer|account|institution|affiliation")
CONTAINED = 0.9
"""A column is part of another when the words of so many of its values stand in the other's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What was read of each column, the columns that are compared, how, and the keys to look under."""

    readings: tuple[Reading, ...]
    columns: Mapping[str, Column]
    comparisons: tuple[Comparison, ...]
    keys: Mapping[str, Key]
    known: Known
    """What describes other records the same way."""


def describe(
    connection: duckdb.DuckDBPyConnection, table: pa.Table, told: Mapping[str, Role], known: Known | None = None
) -> Description:
    """Reads every column of the table, all of them text; as it was done before, where that is known."""
    if known is None:
        readings = list(read_columns([profile(table.column(name), name) for name in table.column_names], told))
    else:
        readings = known.readings_of(table.column_names)
    first = tuple(readings)
    roles = {each.column: each.role for each in readings}
    of_persons = {"given_name", "family_name"} <= set(roles.values())
    read: dict[str, Column] = {}
    for name, role in roles.items():
        values = table.column(name)
        if role != "nothing":
            in_order = names.given_first(values) if of_persons and names.is_whole(name, role) else values
            read[name] = make.read_feature(connection, in_order, role)
    repeated_columns = tuple(_repeated(read, roles)) if known is None else known.repeated
    for whole, part in repeated_columns:
        repeated = Reading(column=part, role="nothing", why=f"its words stand in {whole}")
        readings = [repeated if each.column == part else each for each in readings]
        read.pop(part, None)
    if known is None:
        address = find_address({name: column for name, column in read.items() if name not in told}, roles)
    else:
        address = known.address
    if address:
        whole, parts = address
        read[whole] = make.filled(read[whole], make.joined([read.pop(part) for part in parts]), str)
        said = f"it is compared as a part of {whole}"
        readings = [
            Reading(column=each.column, role="nothing", why=said) if each.column in parts else each for each in readings
        ]
    roles = {name: roles[name] for name in read}
    heads: Mapping[str, str | None] | None = None
    if known is None:
        own = None if {"given_name", "family_name"} <= set(roles.values()) else _own_name(read, roles)
        if own and (found := read_heads(connection, table.column(own))):
            read[own], heads = found, heads_found(table.column(own), found)
    else:
        own, heads = known.own, known.heads
        if own and heads is not None:
            read[own] = read_known_heads(connection, table.column(own), heads)
    choices = Known(readings=first, repeated=repeated_columns, address=address, own=own, heads=heads)
    return _described(tuple(readings), read, roles, choices, known)


def profile(values: pa.ChunkedArray, name: str) -> Profile:
    """What is counted in a column before anything is made of it."""
    column = Column.of(values)
    distinct = column.values.filter(pc.not_equal(pc.utf8_trim_whitespace(column.values), ""))
    sample = distinct.take(pa.array(range(0, len(distinct), max(1, len(distinct) // SAMPLE))[:SAMPLE], pa.int64()))
    given = int((column.codes >= 0).sum())
    return Profile(name=name, rows=len(values), given=given, distinct=len(distinct), sample=tuple(sample.to_pylist()))


def _repeated(read: Mapping[str, Column], roles: Mapping[str, Role]) -> list[tuple[str, str]]:
    """Columns that say again what others say: (the column that stays, the one that goes).

    A whole of which two or more single-word parts are columns goes itself, since parts compare better than the whole.
    """
    texts = [name for name in read if roles[name] in ("text", "word", "given_name", "family_name")]
    gone: list[tuple[str, str]] = []
    for whole in texts:
        parts = [part for part in texts if part != whole and _contained(read[part], read[whole])]
        words = [part for part in parts if roles[part] != "text"]
        if len(words) >= 2:
            gone.append((words[0], whole))
        else:
            gone += [(whole, part) for part in parts if (part, whole) not in gone and roles[part] in ("text", "word")]
    return gone


def _contained(part: Column, whole: Column) -> bool:
    both = np.flatnonzero((part.codes >= 0) & (whole.codes >= 0))[:SAMPLE]
    if len(both) < 10 or len(whole.values) < len(part.values):
        return False
    inner, outer = (each.values.take(pa.array(each.codes[both])).to_pylist() for each in (part, whole))
    held = [set(one.split()) <= set(other.split()) for one, other in zip(inner, outer, strict=True)]
    return float(np.mean(held)) > CONTAINED


def _described(
    readings: tuple[Reading, ...],
    read: Mapping[str, Column],
    roles: Mapping[str, Role],
    choices: Known,
    known: Known | None,
) -> Description:
    spreads: dict[str, Spread] = {}
    columns: dict[str, Column] = {}
    made: list[Comparison] = []
    keys: dict[str, Key] = {}
    given = next((name for name in read if roles[name] == "given_name"), None)
    family = next((name for name in read if roles[name] == "family_name"), None)
    if given and family:
        wholes = [read[name] for name in read if names.is_whole(name, roles[name])]
        generation = names.generation_of(
            [read[family], read[given], *wholes], tells=None if known is None else known.generation
        )
        times = (known and known.names) or (names.times(read[given]), names.times(read[family]))
        read = names.with_whole_names(read, roles, given, family, times)
        choices = replace(choices, generation=generation is not None, names=times if wholes else None)
        if generation:
            columns[f"{family}:generation"] = generation
            made.append(compare.compare_generations(f"{family}:generation"))
        read = {**read, **{name: make.derived(read[name], names.without_generation) for name in (given, family)}}
        columns |= {given: read[given], family: read[family], "given_root": make.nickname_root(read[given])}
        made.append(compare.compare_names(given, family, "given_root"))
    for name, column in read.items():
        role = roles[name]
        columns[name] = column
        if role == "text":
            columns[name], spreads[name] = make.with_vectors(column, known.spreads[name] if known else None)
        if role == "email":
            columns |= {f"{name}:mailbox": make.local_part(column), f"{name}:domain": make.domain(column)}
            made.append(compare.compare_emails(name, f"{name}:mailbox", f"{name}:domain"))
        elif role == "date":
            columns |= {f"{name}:year": make.slice_of(column, 0, 4), f"{name}:rest": make.slice_of(column, 4, None)}
            columns[f"{name}:turned"] = make.turned(column)
            made.append(compare.compare_dates(name, f"{name}:turned", f"{name}:year", f"{name}:rest"))
        elif role == "phone":
            columns[f"{name}:local"] = make.slice_of(column, -7, None)
            made.append(compare.compare_phones(name, f"{name}:local"))
        elif not (given and family) or name not in (given, family):
            alone: Role = "word" if role in ("given_name", "family_name") else role
            says_who = name == choices.own and _words(column) <= NAME_WORDS
            identifies = role in ("number", "code") and bool(IDENTIFIER.search(name.lower()))
            made.append(compare.compare(name, alone, own_name=says_who, identifies=identifies))
        keys |= _keys(name, role, columns, known.spreads.get(name) if known else None)
    return Description(
        readings=readings,
        columns=columns,
        comparisons=_fitting(made, columns, roles),
        keys=keys,
        known=replace(choices, spreads=spreads),
    )


def _fitting(
    made: Sequence[Comparison], columns: Mapping[str, Column], roles: Mapping[str, Role]
) -> tuple[Comparison, ...]:
    """As many comparisons as one pattern holds, in their own order.

    Names, e-mails, phones and dates come first; then those of which records share values that tell most.
    """

    def rank(comparison: Comparison) -> tuple[bool, float]:
        column = comparison.outcomes[0].when[0].column
        says_who = any(outcome.by_chance_at_most for outcome in comparison.outcomes)
        return roles.get(column, "family_name") not in FIRST and not says_who, -_telling(columns[column])

    product, kept = 1, set[str]()
    for each in sorted(made, key=rank):
        if product * len(each.outcomes) < PATTERNS and len(kept) < COMPARISONS:
            product *= len(each.outcomes)
            kept.add(each.name)
    return tuple(each for each in made if each.name in kept)


def _telling(column: Column) -> float:
    """How many bits a record's value says on average, where another record shares it."""
    counts = np.bincount(column.codes[column.codes >= 0], minlength=1)
    shared = counts[counts > 1]
    return float(-(shared * np.log2(shared / max(1, counts.sum()))).sum() / max(1, len(column.codes)))


def _own_name(read: Mapping[str, Column], roles: Mapping[str, Role]) -> str | None:
    """The column that names what a record is about: the one that says so, or the text with most distinct values."""
    texts = [name for name in read if roles[name] == "text" and (read[name].codes >= 0).mean() > OWN_NAME_GIVEN]
    names = [name for name in texts if not _PLACE.search(name.lower())]
    return max(names, key=lambda name: (bool(_NAME.search(name.lower())), len(read[name].values)), default=None)


def _words(column: Column) -> float:
    """How many words a value has on average."""
    return len(column.words.items) / max(1, len(column.values))


def _keys(name: str, role: Role, columns: Mapping[str, Column], known: Spread | None) -> dict[str, Key]:
    """The whole value, and parts of it that survive a slip somewhere else."""
    column = columns[name]
    found: dict[str, tuple[Column, ...]] = {name: (column,)}
    if role in ("word", "given_name", "family_name"):
        found |= {f"{name}^": (make.slice_of(column, 0, 3),), f"{name}$": (make.slice_of(column, -3, None),)}
    elif role == "text":
        found |= {f"{name}^": (make.slice_of(column, 0, 5),), f"{name}~": make.rarest_words(column, RARE_WORDS, known)}
    elif role == "date":
        found |= {each: (columns[each],) for each in (f"{name}:year", f"{name}:rest")}
    elif role == "email":
        found |= {each: (columns[each],) for each in (f"{name}:mailbox", f"{name}:domain")}
    elif role in ("code", "number", "phone"):
        found[f"{name}^"] = (make.slice_of(column, 0, 4),)
    return {key: Key(field=name, columns=of_key) for key, of_key in found.items()}
