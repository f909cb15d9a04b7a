"""From a table of text columns to what is compared and where duplicates are looked for."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.runs import CORES
from kempt.matching.plan import Comparison
from kempt.matching.profile import comparisons as compare
from kempt.matching.profile import features as make
from kempt.matching.profile import names
from kempt.matching.profile.addresses import find_address
from kempt.matching.profile.compared import features_of, fitting, keys_of, names_alone
from kempt.matching.profile.heads import read_heads, read_known_heads
from kempt.matching.profile.known import Known, heads_found
from kempt.matching.profile.roles import IDENTIFIER, Profile, Reading, Role, read_columns
from kempt.matching.profile.ways import Key

SAMPLE = 2000
"""Distinct values of a column that are looked at."""
OWN_NAME_GIVEN = 0.5
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
    """Reads every column of the table, all of them text; as it was done before, where that is known.

    The values of a column that comes as a dictionary array are distinct.
    """
    with ThreadPoolExecutor(CORES) as pool:
        raw = dict(zip(table.column_names, pool.map(Column.coded, table.columns), strict=True))
        if known is None:
            readings = list(read_columns(list(pool.map(profile, raw.values(), raw)), told))
        else:
            readings = known.readings_of(table.column_names)
    first = tuple(readings)
    roles = {each.column: each.role for each in readings}
    of_persons = {"given_name", "family_name"} <= set(roles.values())

    def feature(name: str) -> Column:
        in_order = names.given_first(raw[name]) if of_persons and names.is_whole(name, roles[name]) else raw[name]
        return make.read_feature(connection.cursor(), in_order, roles[name])

    wanted = [name for name, role in roles.items() if role != "nothing"]
    with ThreadPoolExecutor(CORES) as pool:
        read = dict(zip(wanted, pool.map(feature, wanted), strict=True))
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
        if own and (found := read_heads(connection, raw[own])):
            read[own], heads = found, heads_found(raw[own], found)
    else:
        own, heads = known.own, known.heads
        if own and heads is not None:
            read[own] = read_known_heads(connection, raw[own], heads)
    choices = Known(readings=first, repeated=repeated_columns, address=address, own=own, heads=heads)
    return _described(tuple(readings), read, roles, choices, known)


def profile(column: Column, name: str) -> Profile:
    """What is counted in a column before anything is made of it."""
    distinct, blank = column.values, pc.equal(pc.utf8_trim_whitespace(column.values), "")
    if pc.any(blank).as_py():
        distinct = distinct.filter(pc.invert(blank))
    sample = distinct.take(pa.array(range(0, len(distinct), max(1, len(distinct) // SAMPLE))[:SAMPLE], pa.int64()))
    given, rows = int((column.codes >= 0).sum()), len(column.codes)
    return Profile(name=name, rows=rows, given=given, distinct=len(distinct), sample=tuple(sample.to_pylist()))


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
    texts, spreads = [name for name in read if roles[name] == "text"], known.spreads if known else {}
    with ThreadPoolExecutor(CORES) as pool:
        vectors = pool.map(lambda name: make.with_vectors(read[name], spreads.get(name)), texts)
        features = pool.map(lambda name: features_of(name, roles[name], read[name]), read)
        for name, (of_name, comparison) in zip(read, features, strict=True):
            columns |= of_name
            if comparison is None and name not in ((given, family) if given and family else ()):
                alone: Role = "word" if roles[name] in ("given_name", "family_name") else roles[name]
                says_who = name == choices.own and names_alone(read[name])
                identifies = roles[name] in ("number", "code") and bool(IDENTIFIER.search(name.lower()))
                comparison = compare.compare(name, alone, own_name=says_who, identifies=identifies)
            made += [comparison] if comparison else []
        with_vectors = dict(zip(texts, vectors, strict=True))
        columns |= {name: column for name, (column, _) in with_vectors.items()}
        for found in pool.map(lambda name: keys_of(name, roles[name], columns, known), read):
            keys |= found
    return Description(
        readings=readings,
        columns=columns,
        comparisons=fitting(made, columns, roles),
        keys=keys,
        known=replace(choices, spreads={name: spread for name, (_, spread) in with_vectors.items()}),
    )


def _own_name(read: Mapping[str, Column], roles: Mapping[str, Role]) -> str | None:
    """The column that names what a record is about: the one that says so, or the text with most distinct values."""
    texts = [name for name in read if roles[name] == "text" and (read[name].codes >= 0).mean() > OWN_NAME_GIVEN]
    names = [name for name in texts if not _PLACE.search(name.lower())]
    return max(names, key=lambda name: (bool(_NAME.search(name.lower())), len(read[name].values)), default=None)
