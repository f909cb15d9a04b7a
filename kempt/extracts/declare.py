"""What a detection says, and the declaration file it writes."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kempt.records.declared import FileFormat
from kempt.records.mapping import SourceDeclaration, load_declaration
from kempt.records.model import ObjectType

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_RESERVED = frozenset({"null", "true", "false"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field, the columns that feed it, how sure that is (0 to 1) and why."""

    field: str
    columns: tuple[str, ...]
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A file that is not imported, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One source found: its declaration, the files seen, why it is this object, and what became of each column."""

    declaration: SourceDeclaration
    text: str = field(repr=False)
    files: tuple[Path, ...]
    reason: str
    choices: tuple[Choice, ...]
    unmapped: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_yaml(self) -> str:
        """The declaration file, each choice with its reason."""
        return self.text

    def in_system(self, system: str) -> "Detection":
        """The same, as a source of another system."""
        text = re.sub(r"(?m)^system: .*$", f"system: {system}", self.text, count=1)
        return replace(self, text=text, declaration=load_declaration(text, self.declaration.tenant))


def declaration_text(
    *,
    source: str,
    system: str,
    object_type: ObjectType,
    file_name: str,
    kind: FileFormat,
    options: Mapping[str, str],
    key: Sequence[str],
    day_order: str | None,
    choices: Sequence[Choice],
) -> str:
    """The YAML of a source that was detected."""
    lines = [
        f"source: {source}",
        f"system: {system}",
        f"object: {object_type}",
        "why: Imported; the columns were recognised by their names and values. Check them.",
        "read:",
        "  kind: file",
        f"  path: {_quoted(source + '/{day}/' + file_name)}",
        f"  format: {kind}",
        *(f"  {name}: {_quoted(value)}" for name, value in options.items()),
        f"key: {_quoted(key[0]) if len(key) == 1 else _listed(key)}",
        "mode: snapshot",
        *([f"defaults: {{day_order: {day_order}}}"] if day_order else []),
        "mapping:",
        "  version: 1",
        "  fields:",
    ]
    for choice in choices:
        rule = _quoted(choice.columns[0])
        if len(choice.columns) > 1:
            rule = f'{{join: {_listed(choice.columns)}, with: ", "}}'
        lines.append(f"    {choice.field}: {rule}  # {choice.confidence:.2f}: {choice.reason}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED else json.dumps(text, ensure_ascii=False)


def _listed(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"
