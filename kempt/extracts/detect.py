"""Looks at files nobody has described: what they are, what their columns mean, and the declaration that says so."""

import glob
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kempt.errors import SkipRecord, StopRun
from kempt.extracts.choose import choose, key_of
from kempt.extracts.columns import SHAPE_OF, ColumnProfile, day_order, profile
from kempt.extracts.csv_files import sniff
from kempt.extracts.declare import Choice, Detection, LeftOut, declaration_text
from kempt.extracts.drop_folder import read_file
from kempt.extracts.files import FileSource
from kempt.extracts.objects import FILE_WORDS, judge_table
from kempt.extracts.port import Limits, Window
from kempt.extracts.synonyms import words
from kempt.extracts.text_files import decode, encoding_of, format_of
from kempt.records.declared import FileFormat, FileRead
from kempt.records.mapping import load_declaration
from kempt.records.model import ObjectType

_ROWS = 100_000
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What an import found, and what it leaves out."""

    found: tuple[Detection, ...]
    left_out: tuple[LeftOut, ...]


def detect(
    path: Path,
    *,
    tenant: str,
    object_type: ObjectType | None = None,
    maps: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> Detected:
    """The sources in a file or a folder of files. `object_type` and `maps` (field to column) overrule what is seen."""
    if not path.exists():
        raise StopRun(f"{path}: does not exist. Name a file, or a folder of files.")
    found: list[Detection] = []
    left_out: list[LeftOut] = []
    for group in _groups(path):
        try:
            found.append(_detection(group, tenant, object_type, maps or {}, limits or Limits()))
        except _NotOurs as why:
            left_out.append(LeftOut(path=group[0], reason=str(why)))
        except SkipRecord as refused:
            left_out.append(LeftOut(path=group[0], reason=f"cannot be read: {refused}"))
    return Detected(found=_parted(found), left_out=tuple(left_out))


def parse_maps(texts: Sequence[str]) -> dict[str, str]:
    """`field=column` as typed by a person."""
    pairs = [text.partition("=") for text in texts]
    wrong = [text for text, (field, sign, column) in zip(texts, pairs, strict=True) if not (field and sign and column)]
    if wrong:
        raise StopRun(f"--map {wrong[0]!r}: expected field=column, such as email='E-mail 1'.")
    return {field.strip(): column.strip() for field, _, column in pairs}


class _NotOurs(Exception):
    """The file holds no contacts, companies or leads."""


def _groups(path: Path) -> list[tuple[Path, ...]]:
    """The files, pages of one dump together."""
    if not path.is_dir():
        return [(path,)]
    groups: dict[str, list[Path]] = {}
    for file in sorted(path.iterdir()):
        if file.is_file() and not file.name.startswith((".", "~$")):
            page = file.suffix == ".json" and re.search(r"\d", file.stem)
            groups.setdefault(re.sub(r"\d+(?=\D*$)", "*", file.name) if page else file.name, []).append(file)
    return [tuple(files) for files in groups.values()]


def _detection(
    files: tuple[Path, ...], tenant: str, wanted: ObjectType | None, maps: Mapping[str, str], limits: Limits
) -> Detection:
    path = files[0]
    content = read_file(path.parent, path.name, limits)
    if not content.strip():
        raise _NotOurs("empty")
    kind = format_of(content, path.name)
    pattern = re.sub(r"\d+(?=\D*$)", "*", path.name) if len(files) > 1 else glob.escape(path.name)
    if "{" in pattern or "\\" in pattern:
        raise _NotOurs("its name holds a sign that a path cannot have; rename the file")
    cells = _cells(path.parent, FileRead(kind="file", path=pattern, format=kind), limits)
    columns = {name: profile(name, values) for name, values in cells.items()}
    verdict = judge_table(path.stem, columns)
    object_type = wanted or verdict.object_type
    if object_type is None:
        raise _NotOurs(verdict.reason)
    choices = choose(columns, object_type, maps)
    if not choices:
        raise _NotOurs("no column could be matched to a field; use --map field=column")
    key, key_warnings = key_of(columns, choices)
    dates = [cells[choice.columns[0]] for choice in choices if SHAPE_OF.get(choice.field) == "date"]
    source = _slug(f"{re.sub(r'[0-9]+$', '', path.stem) or path.stem}")
    text = declaration_text(
        source=source,
        system=_system(path, object_type),
        object_type=object_type,
        file_name=pattern,
        kind=kind,
        options=_options(content, kind),
        key=key,
        day_order=day_order(dates),
        choices=choices,
    )
    used = {column for choice in choices for column in choice.columns} | {*key}
    return Detection(
        declaration=load_declaration(text, tenant, name=path.name),
        text=text,
        files=files,
        reason="chosen by you" if wanted else verdict.reason,
        choices=choices,
        unmapped=tuple(name for name in columns if name not in used),
        warnings=(*key_warnings, *_warnings(columns, choices, object_type)),
    )


def _cells(folder: Path, options: FileRead, limits: Limits) -> dict[str, list[str]]:
    """The first rows, column by column."""
    cells: dict[str, list[str]] = {}
    rows = 0
    for batch in FileSource(drop=folder, options=options, limits=limits).read(Window(day=_ANY_DAY)).batches:
        for name in batch.columns:
            cells.setdefault(name, [""] * rows)
        for payload in batch.rows.column("_payload").to_pylist():
            row = dict(payload)
            for name, values in cells.items():
                values.append(row.get(name, ""))
        rows += batch.rows.num_rows
        if rows >= _ROWS:
            break
    return cells


def _warnings(columns: Mapping[str, ColumnProfile], choices: Sequence[Choice], object_type: ObjectType) -> list[str]:
    mapped = {choice.field: choice.columns[0] for choice in choices}
    warnings = []
    if object_type == "company":
        people = [name for name in columns if words(name) in (("contact", "name"), ("contact",), ("contact", "person"))]
        if people:
            warnings.append(f"'{people[0]}' names a person in each row; import the file again as contacts for those")
        if "company_name" in mapped and columns[mapped["company_name"]].looks("household") > 0.2:
            warnings.append("many of the names are households, not companies")
    elif not {"full_name", "given_name", "family_name"} & {*mapped}:
        warnings.append("no name column was found")
    if "country" not in mapped and ("phone" in mapped or "postal_code" in mapped):
        warnings.append("no country column: set defaults.country, or national telephone numbers stay uncertain")
    return warnings


def _options(content: bytes, kind: FileFormat) -> dict[str, str]:
    """What must be said so that tomorrow's file is read like today's."""
    if kind != "csv":
        return {}
    text = decode(content, None)
    head = text[: 256 * 1024]
    encoding = encoding_of(content)
    return {
        "delimiter": sniff(head.decode("utf-8", "ignore") if isinstance(head, bytes) else head),
        **({} if encoding == "utf-8" else {"encoding": encoding}),
    }


def _system(path: Path, object_type: ObjectType) -> str:
    """Where the file comes from: its folder, and what is left of its name without the word for the object."""
    known = set().union(*FILE_WORDS.values())
    rest = [word for word in words(re.sub(r"[0-9]+$", "", path.stem)) if word not in known]
    return _slug("_".join([path.resolve().parent.name, *rest]))


def _parted(found: list[Detection]) -> tuple[Detection, ...]:
    """Two files of one object in one system could share keys, so each gets a system of its own."""
    seen: dict[tuple[str, str], int] = {}
    for detection in found:
        place = (detection.declaration.system, detection.declaration.object)
        seen[place] = seen.get(place, 0) + 1
    return tuple(
        detection.in_system(f"{detection.declaration.system}_{detection.declaration.source}"[:63])
        if seen[detection.declaration.system, detection.declaration.object] > 1
        else detection
        for detection in found
    )


def _slug(text: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", "_".join(words(text.replace(".", "_")))).strip("_")[:50]
    return slug if slug[:1].isalpha() else f"source_{slug}".strip("_")
