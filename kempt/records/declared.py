"""The YAML of a source declaration: its keys, their types and what they default to."""

import codecs
import re
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Discriminator, Field, StringConstraints, Tag

from kempt.records.model import ObjectType

FileFormat = Literal["csv", "xlsx", "jsonl", "json_pages", "parquet"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class Strict(pydantic.BaseModel):
    """A part of a declaration: frozen, unknown keys refused."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Join(Strict):
    """Several columns as one value; empty ones are left out."""

    join: tuple[Text, ...] = Field(min_length=1)
    separator: str = Field(default=" ", alias="with")


class Const(Strict):
    """The same value for every row."""

    const: Text


def _rule_kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "<column>"
    if isinstance(value, Join) or (isinstance(value, dict) and "join" in value):
        return "<join>"
    return "<const>" if isinstance(value, Const | dict) else None


FieldRule = Annotated[
    Annotated[Text, Tag("<column>")] | Annotated[Join, Tag("<join>")] | Annotated[Const, Tag("<const>")],
    Discriminator(
        _rule_kind,
        custom_error_type="field_rule",
        custom_error_message="expected a column name, {join: [columns], with: text} or {const: text}",
    ),
]


class FileRead(Strict):
    """Files in the tenant's drop folder."""

    kind: Literal["file"]
    path: Text
    format: FileFormat | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    encoding: Text | None = None
    sheet: Text | None = None
    records: Text | None = None

    @pydantic.field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        parts = path.split("/")
        if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:", path) or "\\" in path or {"", ".", ".."} & {*parts}:
            raise ValueError("expected a path below the drop folder, its parts joined by /, none of them . or ..")
        if set(re.findall(r"\{[^}]*\}?", path)) - {"{day}"}:
            raise ValueError("{day} is the only placeholder of a path")
        return path

    @pydantic.field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str | None) -> str | None:
        try:
            if encoding is not None and "abc".encode(encoding).decode(encoding) == "abc":
                return codecs.lookup(encoding).name
        except (LookupError, UnicodeError, ValueError):
            pass
        if encoding is None:
            return None
        raise ValueError("expected the name of a text encoding, such as utf-8, utf-16 or cp1252")


class SqlRead(Strict):
    """One table or query of a database."""

    kind: Literal["sql"]
    url: Text = Field(repr=False)
    table: Text | None = None
    query: Text | None = None
    watermark: Text | None = None
    page_size: int = Field(default=10_000, ge=1, le=1_000_000)


Read = Annotated[FileRead | SqlRead, Field(discriminator="kind")]


class Deleted(Strict):
    """How the source itself marks a deleted row."""

    column: Text
    values: tuple[Text, ...] = Field(min_length=1)


class Defaults(Strict):
    """What to assume where a value does not say it."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    day_order: Literal["dmy", "mdy", "ymd"] | None = None


class FieldMapping(Strict):
    """Which column feeds which canonical field."""

    version: int = Field(ge=1)
    fields: dict[str, FieldRule] = Field(min_length=1)
    empty: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] | None = None
    """Values by which the source says that a field is empty on purpose; "" is its empty cell. Otherwise a field that is
    empty says nothing."""


class Declared(Strict):
    """A source declaration as its file says it."""

    source: Name
    system: Name
    object: ObjectType
    why: Text
    read: Read
    key: Text | Annotated[tuple[Text, ...], Field(min_length=1)]
    mode: Literal["snapshot", "delta"]
    deleted: Deleted | None = None
    link: Text | None = None
    """Where a record is seen in its own system; `{key}` stands for its key."""
    defaults: Defaults = Defaults()
    mapping: FieldMapping
    trust: int = Field(default=50, ge=0, le=100)

    @pydantic.field_validator("link")
    @classmethod
    def _leads_to_a_record(cls, link: str | None) -> str | None:
        if link is None or (re.match(r"https?://[^/{}]+/", link) and re.findall(r"\{[^}]*\}?", link) == ["{key}"]):
            return link
        raise ValueError("expected an address as https://crm.example/contacts/{key}, with {key} behind the host")
