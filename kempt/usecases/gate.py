"""The gate between standardized and canonical: bad rows to quarantine with their reason, the rest goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import duckdb
import pandas as pd

from kempt.records.model import OBJECT_TYPES, ObjectType
from kempt.usecases.standardize import waiting_of
from kempt.usecases.tenancy import Tenant
from kempt.usecases.today import today_of
from kempt.usecases.waiting import WaitingExtract


class Failure(Protocol):
    """One record that failed one rule."""

    @property
    def record_id(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def reason(self) -> str: ...


class Expectation(Protocol):
    """How one rule went."""

    @property
    def name(self) -> str: ...
    @property
    def failed_count(self) -> int: ...


class Outcome(Protocol):
    """What a row gate found; which values it found bad stays with it."""

    @property
    def evaluated(self) -> int: ...
    @property
    def failures(self) -> Sequence[Failure]: ...
    @property
    def expectations(self) -> Sequence[Expectation]: ...


RowGate = Callable[[pd.DataFrame, ObjectType, date], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """How the gate ended: per object the outcome, and what lies in quarantine now, by rule."""

    outcomes: dict[ObjectType, Outcome]
    quarantined_by_rule: dict[str, int]


QUARANTINE = """
create table if not exists quarantine (
    quarantine_id varchar, record_id varchar, object_type varchar, source varchar, extract_id varchar,
    observed_on date, row_number bigint, stage varchar, rule varchar, field varchar, reason varchar
)
"""


def gate(tenant: Tenant, lake: duckdb.DuckDBPyConnection, evaluate: RowGate) -> Gated:
    """Judges the records of the waiting extracts, and those in quarantine again; a corrected one leaves by itself."""
    waiting = waiting_of(tenant)
    with tenant.database.transaction(tenant.name) as connection:
        today = today_of(connection)
    lake.execute(QUARANTINE)
    lake.execute("begin")
    _quarantine_unreadable(lake, tenant, waiting)
    outcomes = {kind: _judge(lake, kind, waiting, today, evaluate) for kind in OBJECT_TYPES}
    lake.execute("commit")
    by_rule = lake.execute("select rule, count(*) from quarantine group by rule order by rule").fetchall()
    return Gated(outcomes=outcomes, quarantined_by_rule=dict(by_rule))


def _judge(
    lake: duckdb.DuckDBPyConnection,
    kind: ObjectType,
    waiting: Sequence[WaitingExtract],
    today: date,
    evaluate: RowGate,
) -> Outcome:
    """The verdict on one object type; its earlier verdicts on the same records are replaced."""
    frame = lake.execute(
        f"""
        select * exclude (originals, extras, remarks) from standardized_{kind}
        where list_contains(?::varchar[], extract_id)
            or record_id in (select record_id from quarantine where stage = 'gate' and object_type = '{kind}')
        """,
        [[extract.extract_id for extract in waiting]],
    ).arrow().read_all().to_pandas(types_mapper=pd.ArrowDtype)  # fmt: skip
    outcome = evaluate(frame, kind, today)
    judged = frame[["record_id"]]  # noqa: F841, read by DuckDB below
    failed = pd.DataFrame(  # noqa: F841
        [(each.record_id, each.rule, each.field, each.reason) for each in outcome.failures],
        columns=["record_id", "rule", "field", "reason"],
        dtype="string",
    )
    lake.execute(
        f"delete from quarantine where stage = 'gate' and object_type = '{kind}' "
        "and record_id in (select record_id from judged)"
    )
    lake.execute(
        f"""
        insert into quarantine by name
        select failed.record_id || '|' || failed.rule as quarantine_id, record_id, object_type, source, extract_id,
            observed_on, row_number, 'gate' as stage, failed.rule, failed.field, failed.reason
        from failed inner join standardized_{kind} using (record_id)
        """
    )
    return outcome


def _quarantine_unreadable(lake: duckdb.DuckDBPyConnection, tenant: Tenant, waiting: Sequence[WaitingExtract]) -> None:
    """Quarantines the rows that could not be read.

    A newer snapshot replaces what the older one had; in a delta a newer good row does.
    """
    for extract in waiting:
        declaration = tenant.declaration(extract.source)
        if declaration.mode == "snapshot":
            lake.execute("delete from quarantine where stage = 'reading' and source = ?", [extract.source])
        else:
            lake.execute("delete from quarantine where extract_id = ?", [extract.extract_id])
            lake.execute(
                f"""
                delete from quarantine where stage = 'reading' and source = ? and record_id in (
                    select record_id from standardized_{extract.object_type} where extract_id = ?
                )
                """,
                [extract.source, extract.extract_id],
            )
        _insert_unreadable(lake, tenant, extract)


def _insert_unreadable(lake: duckdb.DuckDBPyConnection, tenant: Tenant, extract: WaitingExtract) -> None:
    from kempt.ids import record_id

    system = tenant.declaration(extract.source).system
    rows = lake.execute(
        "select _source_key, _row_number, rule, field, reason "
        "from read_parquet(?, encryption_config = {footer_key: 'kempt'})",
        [str(extract.quarantine_path)],
    ).fetchall()
    if not rows:
        return
    unreadable = pd.DataFrame(  # noqa: F841
        [
            (
                f"{extract.extract_id}|{number}|{rule}|{field}",
                record_id(tenant.name, system, extract.object_type, key) if key is not None else None,
                extract.object_type,
                extract.source,
                extract.extract_id,
                extract.observed_on,
                number,
                "reading",
                rule,
                field,
                reason,
            )
            for key, number, rule, field, reason in rows
        ],
        columns=[
            "quarantine_id",
            "record_id",
            "object_type",
            "source",
            "extract_id",
            "observed_on",
            "row_number",
            "stage",
            "rule",
            "field",
            "reason",
        ],
    )
    lake.execute("insert into quarantine by name select * from unreadable")
