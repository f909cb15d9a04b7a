"""The source that a declaration describes."""

from collections.abc import Mapping
from pathlib import Path

from kempt.extracts.files import FileSource
from kempt.extracts.port import Limits, Source
from kempt.extracts.sql_table import SqlSource
from kempt.records.declared import SqlRead
from kempt.records.mapping import SourceDeclaration


def open_source(
    declaration: SourceDeclaration, *, drop: Path, secrets: Mapping[str, str], limits: Limits | None = None
) -> Source:
    """The adapter for a declaration; `drop` is the tenant's drop folder, `secrets` gives the ${NAMES} of addresses."""
    limits = limits or Limits()
    if isinstance(declaration.read, SqlRead):
        return SqlSource(name=declaration.source, drop=drop, options=declaration.read, secrets=secrets, limits=limits)
    needed = frozenset(declaration.needed_columns)
    return FileSource(drop=drop, options=declaration.read, needed=needed, limits=limits)
