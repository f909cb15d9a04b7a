"""The shortest way from a file to a landed extract."""

import importlib.resources
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from kempt.extracts.landed import Landed, PreviousState
from kempt.extracts.landing import land
from kempt.extracts.port import Limits, Window
from kempt.extracts.schema import Approved
from kempt.extracts.sources import open_source
from kempt.records.mapping import SourceDeclaration, load_declaration

DAY = date(2024, 3, 1)
KEY = "0123456789abcdef0123456789abcdef"


def connected(key: str = KEY) -> duckdb.DuckDBPyConnection:
    wheel = Path(str(importlib.resources.files("duckdb_extension_httpfs")))
    extension = next(wheel.rglob("httpfs.duckdb_extension"))
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute(f"load '{extension}'")
    connection.execute(f"pragma add_parquet_key('kempt', '{key}')")
    return connection


def declared(
    path: str = "people*", *, key: str = "id", mode: str = "snapshot", mapped: Mapping[str, str] | None = None,
    read: Mapping[str, Any] | None = None, more: str = "",
) -> SourceDeclaration:  # fmt: skip
    options = "".join(f", {name}: {json.dumps(value)}" for name, value in (read or {}).items())
    fields = "\n".join(f"    {name}: '{column}'" for name, column in (mapped or {"email": "email"}).items())
    place = f"path: '{path}'" if (read or {}).get("kind", "file") == "file" else ""
    kind = "" if "kind" in (read or {}) else ", kind: file"
    text = (
        "source: people\nsystem: crm\nobject: contact\nwhy: A test.\n"
        f"read: {{{', '.join(part for part in (place, (options + kind).strip(', ')) if part)}}}\n"
        f"key: {key}\nmode: {mode}\n{more}mapping:\n  version: 1\n  fields:\n{fields}\n"
    )
    return load_declaration(text, "acme")


class Desk:
    """A drop folder, a raw folder and a connection: put a file, land it, look at what landed."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.drop, self.raw, self.connection = folder / "drop", folder / "raw", connection
        self.drop.mkdir()

    def put(self, name: str, content: bytes | str) -> Path:
        path = self.drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(
        self, declaration: SourceDeclaration | None = None, *, day: date = DAY, earlier: Sequence[Landed] = (),
        approved: Mapping[str, str] | None = None, limits: Limits | None = None, since: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Landed:  # fmt: skip
        declaration = declaration or declared()
        source = open_source(declaration, drop=self.drop, secrets=secrets or {}, limits=limits)
        files = tuple(self.raw / landed.files["rows"] for landed in earlier)
        previous = PreviousState(files=files, approved=None if approved is None else Approved(columns=approved))
        reading = source.read(Window(day=day, since=since))
        return land(reading, declaration, day, self.connection, self.raw, previous, limits=limits)

    def rows(self, landed: Landed) -> list[dict[str, Any]]:
        return self._read(landed, "rows")

    def quarantine(self, landed: Landed) -> list[dict[str, Any]]:
        return self._read(landed, "quarantine")

    def rules(self, landed: Landed) -> list[tuple[int, str]]:
        return [(row["_row_number"], row["rule"]) for row in self.quarantine(landed)]

    def payloads(self, landed: Landed) -> dict[str, dict[str, str]]:
        return {row["_source_key"]: row["_payload"] for row in self.rows(landed)}

    def _read(self, landed: Landed, name: str) -> list[dict[str, Any]]:
        query = "select * from read_parquet($path, encryption_config = {footer_key: 'kempt'}) order by _row_number"
        result = self.connection.execute(query, {"path": str(self.raw / landed.files[name])})
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
