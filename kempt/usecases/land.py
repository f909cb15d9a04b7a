"""Reads what the sources hold for a day and lands it: files first, then one row in Postgres that makes it count."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Protocol

import duckdb
import pandas as pd
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from kempt.errors import SkipRecord
from kempt.extracts.landed import Landed, PreviousState, Suppressed
from kempt.extracts.landing import land
from kempt.extracts.port import NothingToRead, Window
from kempt.extracts.schema import Approved
from kempt.extracts.sources import open_source
from kempt.records.mapping import SourceDeclaration
from kempt.usecases.tenancy import Tenant, Tenants
from kempt.warehouse.connection import LakeOpener

COUNTED = ("rows", "new", "changed", "unchanged", "quarantined", "erased")


class BatchVerdict(Protocol):
    """What a batch gate said: which fields are unlike the source's own history."""

    @property
    def blocking(self) -> bool: ...
    @property
    def failures(self) -> Sequence[Any]: ...


class BatchGate(Protocol):
    """Judges a whole batch by its profile and the profiles before it, both as plain JSON."""

    def profile(self, frame: pd.DataFrame, fields: Sequence[str]) -> Mapping[str, Any]: ...
    def judge(self, profile: Mapping[str, Any], history: Sequence[Mapping[str, Any]], mode: str) -> BatchVerdict: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOutcome:
    """How one source fared on one day; `problem` says why nothing of it counts."""

    tenant: str
    source: str
    day: str
    status: str
    counts: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedInTotal:
    """A landing of several sources, in counts; `stopped` says which could not go on, and why."""

    rows: int
    new: int
    changed: int
    unchanged: int
    quarantined: int
    erased: int
    by_status: dict[str, int]
    rows_by_source: dict[str, int]
    stopped: tuple[str, ...]


def land_extracts(
    tenants: Tenants, lake: LakeOpener, wanted: Iterable[tuple[str, str, str]], gate: BatchGate
) -> LandedInTotal:
    """Lands (tenant, source, day) after each other; a source that cannot be read stops alone."""
    by_tenant: dict[str, list[tuple[str, str]]] = {}
    for name, source, day in wanted:
        by_tenant.setdefault(name, []).append((day, source))
    outcomes: list[SourceOutcome] = []
    for name, slots in by_tenant.items():
        tenant = tenants.open(name)
        with lake.open(tenant.lake) as connection:
            outcomes += [
                land_source(tenant, tenant.declaration(source), day, connection, gate) for day, source in sorted(slots)
            ]
    return in_total(outcomes)


def land_source(
    tenant: Tenant, declaration: SourceDeclaration, day: str, connection: duckdb.DuckDBPyConnection, gate: BatchGate
) -> SourceOutcome:
    """One source for one day. The same input again is met again and lands nothing."""
    outcome = partial(SourceOutcome, tenant=tenant.name, source=declaration.source, day=day)
    moment = date.fromisoformat(day)
    with tenant.database.transaction(tenant.name) as database:
        history = _history(database, declaration.source, moment)
        try:
            landed = land(
                open_source(declaration, drop=tenant.drop, secrets=tenant.secrets).read(
                    Window(day=moment, since=_watermark(declaration, history))
                ),
                declaration,
                moment,
                connection,
                tenant.raw,
                _previous(database, tenant, declaration, history),
            )
        except NothingToRead as nothing:
            return outcome(status="nothing to read", problem=str(nothing))
        except SkipRecord as refused:
            return outcome(status="refused", problem=str(refused))
        problem, profile = _judge(tenant, declaration, landed, connection, history, gate)
        known = not _register(database, tenant, declaration, landed, problem, profile)
    counts = asdict(landed.counts)
    return outcome(status="blocked" if problem else "landed", counts=counts, problem=problem, known=known)


def in_total(outcomes: Sequence[SourceOutcome]) -> LandedInTotal:
    """The counts of several landings together."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(outcome.counts)
    return LandedInTotal(
        **{name: counts[name] for name in COUNTED},
        by_status=dict(Counter(outcome.status for outcome in outcomes)),
        rows_by_source={f"{each.tenant}.{each.source}": each.counts["rows"] for each in outcomes if each.counts},
        stopped=tuple(
            f"{each.tenant}.{each.source}: {each.problem}" for each in outcomes if each.status in ("refused", "blocked")
        ),
    )


def _history(database: Connection[Any], source: str, day: date) -> list[dict[str, Any]]:
    """The extracts of the source on earlier days, oldest first."""
    return database.cursor(row_factory=dict_row).execute(
        "select day, mode, status, files, profile, watermark, input_digest from kempt.extract "
        "where source = %s and day < %s and status = 'landed' order by day, seq",
        [source, day],
    ).fetchall()  # fmt: skip


def _watermark(declaration: SourceDeclaration, history: Sequence[Mapping[str, Any]]) -> str | None:
    """Where a delta left off; a snapshot is read whole."""
    marks = [row["watermark"] for row in history if row["watermark"]]
    return marks[-1] if marks and declaration.mode == "delta" else None


def _previous(
    database: Connection[Any], tenant: Tenant, declaration: SourceDeclaration, history: Sequence[Mapping[str, Any]]
) -> PreviousState:
    row = database.execute(
        "select columns from kempt.schema_approval where source = %s order by approved_at desc, fingerprint limit 1",
        [declaration.source],
    ).fetchone()
    return PreviousState(
        files=tuple(tenant.raw / row["files"]["rows"] for row in history),
        approved=Approved(columns=row[0]) if row else None,
        suppressed=_suppressed(database, tenant),
    )


def _suppressed(database: Connection[Any], tenant: Tenant) -> Suppressed:
    digests = database.execute("select key_digest from kempt.erasure").fetchall()
    return Suppressed(key=tenant.keys.suppression_key(), digests=frozenset(digest for (digest,) in digests))


def _judge(
    tenant: Tenant,
    declaration: SourceDeclaration,
    landed: Landed,
    connection: duckdb.DuckDBPyConnection,
    history: Sequence[Mapping[str, Any]],
    gate: BatchGate,
) -> tuple[str, Mapping[str, Any]]:
    """Why the batch may not go on ('' when it may), and its profile for the batches to come."""
    if landed.drift is not None:
        return f"its columns changed: {landed.drift}. `kempt source approve {declaration.source}` accepts them.", {}
    columns = {name: rule for name, rule in declaration.field_rules.items() if isinstance(rule, str)}
    chosen = ", ".join(f"""_payload['{rule.replace("'", "''")}'] as {name}""" for name, rule in columns.items())
    frame = connection.execute(
        f"select {chosen or '1 as nothing'} from read_parquet(?, encryption_config = {{footer_key: 'kempt'}})",
        [str(tenant.raw / landed.files["rows"])],
    ).df()  # fmt: skip
    profile = gate.profile(frame, sorted(columns))
    alike = [row["profile"] for row in history if row["profile"] and row["mode"] == declaration.mode]
    verdict = gate.judge(profile, alike[-30:], declaration.mode)
    if not verdict.blocking:
        return "", profile
    unlike = ", ".join(sorted({f"{failure.record_id}: {failure.rule}" for failure in verdict.failures}))
    return f"unlike its own history ({unlike}). `kempt source approve {declaration.source}` accepts it.", profile


def _register(
    database: Connection[Any],
    tenant: Tenant,
    declaration: SourceDeclaration,
    landed: Landed,
    problem: str,
    profile: Mapping[str, Any],
) -> bool:
    """Makes the extract count; False when it did already. A blocked one is kept and judged again next time."""
    now = datetime.now(UTC)
    if not problem:
        database.execute(
            "insert into kempt.schema_approval values (%s, %s, %s, %s, 'first extract', %s) on conflict do nothing",
            [tenant.name, declaration.source, landed.schema_fingerprint, Jsonb(dict(landed.columns)), now],
        )
    database.execute("select pg_advisory_xact_lock(hashtextextended('extract ' || %s, 0))", [tenant.name])
    done = database.execute(
        """
        insert into kempt.extract (tenant, extract_id, source, system, object_type, day, seq, mode, input_digest,
            schema_fingerprint, mapping_version, rows, new, changed, unchanged, quarantined, erased, status, reason,
            files, profile, columns, watermark, deletions_known, landed_at)
        select %(tenant)s, %(id)s, %(source)s, %(system)s, %(object)s, %(day)s,
            coalesce((select max(seq) from kempt.extract), 0) + 1, %(mode)s, %(input_digest)s, %(fingerprint)s,
            %(mapping)s, %(rows)s, %(new)s, %(changed)s, %(unchanged)s, %(quarantined)s, %(erased)s, %(status)s,
            %(reason)s, %(files)s, %(profile)s, %(columns)s, %(watermark)s, %(deletions_known)s, %(now)s
        on conflict (tenant, extract_id) do update
            set status = excluded.status, reason = excluded.reason, profile = excluded.profile,
                landed_at = excluded.landed_at
            where extract.status = 'blocked' and excluded.status = 'landed'
        """,
        {
            "tenant": tenant.name, "id": landed.extract_id, "source": landed.source, "system": landed.system,
            "object": landed.object, "day": landed.day, "mode": landed.mode, "input_digest": landed.input_digest,
            "fingerprint": landed.schema_fingerprint, "mapping": landed.mapping_version,
            "status": "blocked" if problem else "landed", "reason": problem or None, "files": Jsonb(dict(landed.files)),
            "profile": Jsonb(dict(profile)), "columns": Jsonb(dict(landed.columns)), "watermark": landed.watermark,
            "deletions_known": landed.deletions_known, "now": now,
            **{name: getattr(landed.counts, name) for name in COUNTED},
        },
    )  # fmt: skip
    return done.rowcount > 0
