"""What a policy may name: the features that describing makes of a file's columns, under names that are easy to write.

A column `BirthDate` that holds dates is `birth_date`, and `date` where no other column holds dates; its year is
`birth_date_year` and `date_year`. A name that two would have stays with the first, and the other gets a number.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import pyarrow as pa
from anyascii import anyascii

from kempt.matching.columns import FLAGS
from kempt.matching.filepolicy.spec import FilePolicy
from kempt.matching.kernel.columns import Column
from kempt.matching.load import Place, conditionals, refuse
from kempt.matching.profile.describe import Description
from kempt.matching.profile.roles import Reading
from kempt.records.standardizers.emails import standardize_email

_PARTS = {
    "mailbox": ("mailbox", "what stands before the @"),
    "domain": ("domain", "what stands after the @"),
    "year": ("year", "the year"),
    "rest": ("month_and_day", "month and day"),
    "turned": ("turned", "the date with month and day the other way round"),
    "local": ("last_digits", "the last seven digits"),
    "generation": ("generation", "senior, junior or third"),
}
"""Parts as describing names them, as a policy does, and what they are."""
_ROOT = "given_root"
_TAKEN = ("n", "record_id", "said", "of_type", "of_source")
"""Columns of the table of usable records that are not a file's."""
SHOWN = 60
"""So many names are listed in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A column that can be compared: its name, of which of the file's columns it was made, and what it is."""

    name: str
    column: Column
    source: str
    says: str


def features_of(description: Description) -> Mapping[str, Feature]:
    """The features by name, those of one column together, in the order of the file; roles after the names."""
    found: dict[str, Feature] = {}
    made = {each.column: each for each in description.readings if each.column in description.columns}
    roles = [each.role for each in made.values()]
    named = _numbered({name: _identifier(name) for name in made})
    alone = [each for each in made.values() if roles.count(each.role) == 1]
    for prefixes in (named, {each.column: each.role for each in alone}):
        for source, prefix in prefixes.items():
            for name, key, says in _of_column(source, prefix, description, made):
                feature = Feature(name=name, column=description.columns[key], source=source, says=says)
                found.setdefault(name, feature)
    return found


def usable_table(features: Mapping[str, Feature], names: Sequence[str], ids: pa.Array, *, flags: bool) -> pa.Table:
    """A row per record with the named features, and with `is_role` and `is_free` of the one e-mail column."""
    columns: dict[str, pa.Array] = {"object_type": pa.nulls(len(ids)), "source": pa.nulls(len(ids)), "record_id": ids}
    for name in names:
        codes = features[name].column.codes
        columns[name] = features[name].column.values.take(pa.array(codes, mask=codes < 0))
    if flags and (column := _mail_column(features)) is not None:
        read = [standardize_email(value) for value in column.values.to_pylist()]
        for flag in FLAGS:
            values = pa.array([bool(getattr(each, flag)) for each in read], pa.bool_())
            columns[flag] = values.take(pa.array(column.codes, mask=column.codes < 0))
    return pa.table(columns)


def refuse_unknown(policy: FilePolicy, features: Mapping[str, Feature], description: Description) -> None:
    """Raises StopRun, with lines, for columns that the files do not have, and for a `cosine` of what is no text."""
    said = {_identifier(each.column): each for each in description.readings}
    unread = {each.column for each in description.known.readings if each.role == "nothing"}

    def objections() -> Iterator[tuple[Place, str]]:
        for place, column in _named(policy):
            if column not in features:
                yield place, _unknown(column, features, said, unread)
        for place, _, conditional in conditionals(policy.spec):
            for each in conditional.conditions:
                known = features.get(each.column)
                if each.comparator == "cosine" and known is not None and known.column.vectors is None:
                    yield (
                        (*place, "when", each.column),
                        f"'{each.column}' is no text, and cosine compares texts. Compare it with jaro_winkler or "
                        f'damerau, or say --map "{known.source}=text".',
                    )
        for at, unusable in enumerate(policy.spec.unusable):
            if unusable.when is not None and _mail_column(features) is None:
                yield (
                    ("unusable", at, "when"),
                    f"{unusable.when} is said of an e-mail, and the files have not one column with e-mails but none or "
                    "several. Leave this out, or leave columns out with --map COLUMN=nothing.",
                )

    refuse(policy.path, policy.tree, objections())


def _mail_column(features: Mapping[str, Feature]) -> Column | None:
    """The column with e-mails, where there is one."""
    found = {each.source: each.column for each in features.values() if each.says == "email"}
    return next(iter(found.values())) if len(found) == 1 else None


def _of_column(
    source: str, prefix: str, description: Description, made: Mapping[str, Reading]
) -> Iterator[tuple[str, str, str]]:
    """Name, key and meaning of what there is of one column."""
    reading = made[source]
    yield prefix, source, reading.role.replace("_", " ")
    for part, (name, says) in _PARTS.items():
        if f"{source}:{part}" in description.columns:
            yield f"{prefix}_{name}", f"{source}:{part}", says
    first = next((each.column for each in made.values() if each.role == "given_name"), None)
    if source == first and _ROOT in description.columns:
        yield f"{prefix}_root", _ROOT, "the given name that a nickname stands for"


def _identifier(column: str) -> str:
    """A column's name as a policy writes it: `BirthDate` and `Birth date` are birth_date."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", anyascii(column))
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_") or "column"
    return name if name[0].isalpha() else f"column_{name}"


def _numbered(names: Mapping[str, str]) -> dict[str, str]:
    """The same, each name once."""
    taken, found = {*_TAKEN, *FLAGS}, {}
    for source, name in names.items():
        free = (f"{name}_{at}" for at in range(2, len(names) + len(taken) + 3))
        found[source] = name if name not in taken else next(each for each in free if each not in taken)
        taken.add(found[source])
    return found


def _named(policy: FilePolicy) -> Iterator[tuple[Place, str]]:
    """Every column that a policy names, and where."""
    spec = policy.spec
    for place, _, conditional in conditionals(spec):
        for each in conditional.conditions:
            yield from (((*place, "when", each.column), column) for column in each.columns)
    for at, comparison in enumerate(spec.comparisons):
        for level, said in enumerate(comparison.levels):
            for column in said.frequency_of:
                yield ("comparisons", at, "levels", level, "frequency_of"), column
    for at, rule in enumerate(spec.blocking):
        yield from ((("blocking", at, "agree_on", place), column) for place, (column, _) in enumerate(rule.keys))
    for at, frequency in enumerate(spec.frequencies):
        yield ("frequencies", at, "column"), frequency.column
    for at, unusable in enumerate(spec.unusable):
        yield from ((("unusable", at, "columns", place), column) for place, column in enumerate(unusable.columns))
    for at, generic in enumerate(spec.generic):
        yield ("generic", at, "column"), generic.column
        yield ("generic", at, "counting"), generic.counting
        yield from ((("generic", at, "also", place), column) for place, column in enumerate(generic.also))


def _unknown(column: str, features: Mapping[str, Feature], said: Mapping[str, Reading], unread: Set[str]) -> str:
    near = difflib.get_close_matches(column, features, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    if (reading := said.get(column)) is not None:
        why = reading.why if reading.role == "nothing" else "other columns are filled from it"
        remedy = f'say --map "{reading.column}=ROLE", or name another' if reading.column in unread else "name another"
        return f"the column '{reading.column}' is not compared: {why}.{hint} To compare something, {remedy}."
    names = list(features)
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return (
        f"there is no column '{column}' in the files.{hint} There are: {', '.join(names[:SHOWN])}{more}. Name one of "
        "them; --map COLUMN=ROLE says what a column holds, and --describe shows them all."
    )
