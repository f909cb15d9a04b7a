"""Which landed extracts are not canonical yet, in the order in which their sources spoke."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.records.mapping import SourceDeclaration


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingExtract:
    """A landed extract; `seq` orders the waiting extracts of one source by day, then by landing.

    `complete` says that a record which a snapshot does not hold is gone: not when rows without a key were in it.
    """

    extract_id: str
    source: str
    object_type: str
    observed_on: date
    seq: int
    path: Path
    quarantine_path: Path
    complete: bool


def waiting_extracts(connection: Connection[Any], raw: Path) -> tuple[WaitingExtract, ...]:
    """Extracts to standardize.

    A late one brings the newer ones of its source along, so that the newest word still wins.
    """
    rows = connection.cursor(row_factory=dict_row).execute(
        """
        with waiting as (
            select source, min(day) as first_day
            from kempt.extract
            where status = 'landed' and settled_at is null
            group by source
        )
        select extract.extract_id::text, source, object_type, day, files, deletions_known,
            row_number() over (partition by source order by day, seq) as seq
        from kempt.extract
        join waiting using (source)
        where extract.status = 'landed' and extract.day >= waiting.first_day
        order by source, day, extract.seq
        """
    )
    return tuple(
        WaitingExtract(
            extract_id=row["extract_id"],
            source=row["source"],
            object_type=row["object_type"],
            observed_on=row["day"],
            seq=row["seq"],
            path=raw / row["files"]["rows"],
            quarantine_path=raw / row["files"]["quarantine"],
            complete=row["deletions_known"],
        )
        for row in rows
    )


def dbt_variables(
    tenant: str, declarations: tuple[SourceDeclaration, ...], waiting: tuple[WaitingExtract, ...]
) -> dict[str, Any]:
    """What the models need to know: names, columns and paths; never a value."""
    return {
        "tenant": tenant,
        "sources": [_source(declaration) for declaration in declarations],
        "extracts": [
            {
                "source": extract.source,
                "extract_id": extract.extract_id,
                "observed_on": extract.observed_on.isoformat(),
                "seq": extract.seq,
                "path": str(extract.path),
                "quarantine_path": str(extract.quarantine_path),
                "complete": extract.complete,
            }
            for extract in waiting
        ],
    }


def _source(declaration: SourceDeclaration) -> dict[str, Any]:
    return {
        "source": declaration.source,
        "system": declaration.system,
        "object": declaration.object,
        "mode": declaration.mode,
        "mapping_version": declaration.mapping_version,
        "country": declaration.defaults.country or "",
        "day_order": declaration.defaults.day_order or "",
        "fields": declaration.field_rules,
        "empty": {name: list(values) for name, values in (declaration.mapping.empty or {}).items()},
        "mapped_columns": list(declaration.mapped_columns),
    }
