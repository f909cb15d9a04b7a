"""A landed extract: where its files are, what was in it, and the manifest that says so on disk."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from kempt.extracts.schema import Approved, Drift, check_schema
from kempt.ids import stable_id
from kempt.records.mapping import SourceDeclaration

Status = Literal["landed", "blocked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Records that were erased, by the keyed digests of what names them at their source."""

    key: bytes = field(repr=False)
    digests: frozenset[str]

    @staticmethod
    def name(system: str, object_type: str, source_key: str) -> str:
        """What the digest of a record is taken over."""
        return f"{system} {object_type} {source_key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousState:
    """What is known of a source before the day: Parquet files of its earlier extracts, oldest first; who was erased."""

    files: tuple[Path, ...] = ()
    approved: Approved | None = None
    suppressed: Suppressed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Every row of an extract in one of new, changed, unchanged, quarantined, erased; `deleted` counts records.

    Erased are rows that were read and are kept no more, or were never written because their record was erased before.
    """

    rows: int
    new: int
    changed: int
    unchanged: int
    deleted: int
    quarantined: int
    erased: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """One extract on disk. `files` are relative to the raw folder; a drift blocks the extract until it is approved.

    `deletions_known` is false when rows without a usable key were quarantined: an absent key may be one of those.
    """

    extract_id: str
    tenant: str
    source: str
    system: str
    object: str
    mode: str
    day: date
    counts: Counts
    columns: Mapping[str, str]
    sparse: bool
    schema_fingerprint: str
    input_digest: str
    input_files: tuple[str, ...]
    mapping_version: str
    files: Mapping[str, str]
    deletions_known: bool
    watermark: str | None = None
    notes: tuple[str, ...] = ()
    erasures: tuple[str, ...] = ()
    """Keyed digests of the records whose rows were taken out after the landing."""
    status: Status = "landed"
    drift: Drift | None = None


def extract_id(declaration: SourceDeclaration, day: date, input_digest: str) -> str:
    """The same input, read the same way for the same day, is the same extract."""
    return stable_id(
        "extract", declaration.tenant, declaration.source, day.isoformat(), input_digest, declaration.reading_version
    )


def paths(declaration: SourceDeclaration, day: date, identifier: str) -> dict[str, str]:
    """The files of an extract, relative to the raw folder."""
    stem = f"{declaration.tenant}/{declaration.source}/{day.isoformat()}/{identifier}"
    return {
        "rows": f"{stem}.parquet",
        "quarantine": f"{stem}.quarantine.parquet",
        "manifest": f"{stem}.manifest.json",
    }


def manifest_text(landed: Landed) -> str:
    """The manifest: names, counts and digests; whether it is blocked is decided anew each time."""
    content = {name: value for name, value in asdict(landed).items() if name not in ("status", "drift")}
    return json.dumps({**content, "day": landed.day.isoformat()}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_manifest(path: Path) -> Landed | None:
    """The extract of a manifest; None when it never landed."""
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    for name in ("input_files", "notes", "erasures"):
        content[name] = tuple(content.get(name, ()))
    content.update(day=date.fromisoformat(content["day"]), counts=Counts(**content["counts"]))
    return Landed(**content)


def judged(landed: Landed, declaration: SourceDeclaration, approved: Approved | None) -> Landed:
    """The extract, blocked while its columns differ from the approved ones."""
    sparse = landed.sparse and (declaration.mode == "delta" or landed.counts.rows == 0)
    drift = check_schema(landed.columns, approved, needed=declaration.needed_columns, sparse=sparse)
    return replace(landed, drift=drift, status="blocked" if drift else "landed")
