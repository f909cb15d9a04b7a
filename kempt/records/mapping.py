"""Source declarations: what is read, what is a row's key, and which column feeds which canonical field."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kempt.errors import StopRun
from kempt.ids import canonical_json, digest
from kempt.records.declared import Const, Declared, Join, SqlRead
from kempt.records.model import fields_of
from kempt.strict_yaml import Node, build, load

_TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_ONLY_FOR = {
    "delimiter": ("csv",),
    "encoding": ("csv", "jsonl", "json_pages"),
    "sheet": ("xlsx",),
    "records": ("json_pages",),
}


class SourceDeclaration(Declared):
    """One source of one tenant."""

    tenant: str

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that tell the rows of the source apart."""
        return (self.key,) if isinstance(self.key, str) else self.key

    def link_to(self, source_key: str) -> str | None:
        """Where a record is seen in its own system; None where nobody said so, or where its key is none of its own."""
        if self.link is None or self.derived_key:
            return None
        return self.link.replace("{key}", quote(source_key, safe=""))

    @property
    def derived_key(self) -> bool:
        """Whether the key is put together from values because the source gives its rows no id."""
        return not isinstance(self.key, str)

    @cached_property
    def mapped_columns(self) -> tuple[str, ...]:
        """The columns that feed canonical fields, sorted."""
        columns: set[str] = set()
        for rule in self.mapping.fields.values():
            columns.update(rule.join if isinstance(rule, Join) else () if isinstance(rule, Const) else (rule,))
        return tuple(sorted(columns))

    @cached_property
    def needed_columns(self) -> tuple[str, ...]:
        """The columns without which the declaration cannot be followed, sorted."""
        marker = (self.deleted.column,) if self.deleted else ()
        return tuple(sorted({*self.mapped_columns, *self.key_columns, *marker}))

    @cached_property
    def mapping_version(self) -> str:
        """Changes with everything that changes what a row of the source means."""
        said = {"object": self.object, "mapping": _plain(self.mapping), "defaults": _plain(self.defaults)}
        return f"{self.mapping.version}-{digest(canonical_json(said))[:16]}"

    @cached_property
    def reading_version(self) -> str:
        """Changes with everything that changes how rows are told apart."""
        said = {"key": self.key if isinstance(self.key, str) else list(self.key), "mode": self.mode}
        return digest(canonical_json({**said, "read": _plain(self.read), "deleted": _plain(self.deleted)}))[:16]

    @property
    def field_rules(self) -> dict[str, Any]:
        """The mapping as plain values: a column name, {join, with} or {const}."""
        plain: dict[str, Any] = _plain(self.mapping)["fields"]
        return plain

    def canonical(self, payload: Mapping[str, str]) -> dict[str, str]:
        """The canonical input fields of one row; empty ones are left out."""
        values = {name: _value(rule, payload) for name, rule in self.mapping.fields.items()}
        emptied = self.mapping.empty or {}
        return {name: value for name, value in values.items() if value and value not in emptied.get(name, ())}


def load_declarations(folders: Sequence[Path], tenant: str) -> tuple[SourceDeclaration, ...]:
    """Every declaration of a tenant in the folders, by source name. A name may be declared once."""
    if not _TENANT.fullmatch(tenant):
        raise StopRun(f"tenant {tenant!r}: expected lower-case letters, digits, - and _, at most 63.")
    found: dict[str, tuple[SourceDeclaration, Path]] = {}
    for path in (path for folder in folders for path in sorted((folder / tenant).glob("*.yaml"))):
        declaration = load_declaration(path, tenant)
        if declaration.source in found:
            other = found[declaration.source][1]
            raise StopRun(f"{path}:1: source '{declaration.source}' is already declared in {other}. Rename one.")
        found[declaration.source] = (declaration, path)
    return tuple(found[name][0] for name in sorted(found))


def load_declaration(text_or_path: str | Path, tenant: str, *, name: str | None = None) -> SourceDeclaration:
    """One declaration; whatever is wrong with it is told with its file and line."""
    where = name or (str(text_or_path) if isinstance(text_or_path, Path) else "declaration")
    node = load(text_or_path, name=where)
    declared = build(Declared, node, where)
    problems = [*_field_problems(declared), *_read_problems(declared), *_key_problems(declared)]
    if problems:
        raise StopRun("\n".join(f"{where}:{line}: {message}" for line, message in _placed(problems, node)))
    return SourceDeclaration(tenant=tenant, **{key: getattr(declared, key) for key in Declared.model_fields})


Problem = tuple[tuple[str | int, ...], str]


def _placed(problems: Sequence[Problem], node: Node) -> list[tuple[int, str]]:
    return sorted((node.line_of(path), message) for path, message in problems)


def _field_problems(declared: Declared) -> list[Problem]:
    known = [field.name for field in fields_of(declared.object)]
    problems: list[Problem] = [
        (
            ("mapping", "fields", name),
            f"a {declared.object} has no field '{name}'. Choose one of {', '.join(known)}; "
            "a column that no field names is kept as an extra.",
        )
        for name in declared.mapping.fields
        if name not in known
    ]
    return problems + [
        (("mapping", "empty", name), f"'{name}' is not among the mapped fields, so no value of it says anything.")
        for name in declared.mapping.empty or {}
        if name not in declared.mapping.fields
    ]


def _read_problems(declared: Declared) -> list[Problem]:
    read = declared.read
    if isinstance(read, SqlRead):
        problems: list[Problem] = []
        if (read.table is None) == (read.query is None):
            problems.append((("read",), "name either a table or a query."))
        if read.watermark and declared.mode == "snapshot":
            problems.append((("read", "watermark"), "a snapshot reads every row. Remove it, or set mode: delta."))
        return problems
    return [
        (("read", option), f"{option} means nothing for {read.format}. Remove it.")
        for option, formats in _ONLY_FOR.items()
        if getattr(read, option) is not None and read.format is not None and read.format not in formats
    ]


def _key_problems(declared: Declared) -> list[Problem]:
    if isinstance(declared.key, tuple) and len({*declared.key}) < len(declared.key):
        return [(("key",), "a column is named twice. Name each once.")]
    return []


def _value(rule: str | Join | Const, payload: Mapping[str, str]) -> str:
    if isinstance(rule, Join):
        return rule.separator.join(value for column in rule.join if (value := payload.get(column, ""))).strip()
    return rule.const if isinstance(rule, Const) else payload.get(rule, "")


def _plain(part: Any) -> Any:
    return part.model_dump(mode="json", by_alias=True, exclude_none=True) if part is not None else None
