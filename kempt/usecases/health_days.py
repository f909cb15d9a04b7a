"""Health by day: kept when it is measured, read as a history. Owners' names are sealed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from psycopg import Connection

from kempt.hygiene.health import FORMULA_VERSION, Health
from kempt.ids import keyed_digest
from kempt.usecases.tenancy import Tenant

Scope = Literal["records", "golden", "source", "owner"]
MOST_OWNERS = 50
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The health of something on a day."""

    day: date
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The days of one source, of one owner, or of all; the oldest first."""

    scope: Scope
    name: str
    days: Sequence[Day]

    @property
    def now(self) -> Health:
        """The newest."""
        return self.days[-1].health


def mean(parts: Iterable[Health]) -> Health:
    """The health of several sets together, each record counting once."""
    known = list(parts)
    records = sum(part.records for part in known)

    def over(name: str) -> float:
        return round(sum(getattr(part, name) * part.records for part in known) / records, 6) if records else 0.0

    return Health(
        records=records, completeness=over("completeness"), validity=over("validity"), freshness=over("freshness"),
        uniqueness=over("uniqueness"),
    )  # fmt: skip


def keep_day(
    connection: Connection[Any],
    tenant: Tenant,
    day: date,
    *,
    records: Health,
    golden: Health,
    by_source: Mapping[str, Health],
    by_owner: Mapping[str, Health],
    now: datetime,
) -> None:
    """The measurement of a day; measured again it takes the earlier one's place."""
    owners = sorted(by_owner.items(), key=lambda each: (-each[1].records, each[0]))[:MOST_OWNERS]
    key = tenant.keys.digest_key()
    sealed = [(keyed_digest(key, f"owner {name}")[:32], name, health) for name, health in owners]
    rows: list[tuple[Scope, str, bytes | None, Health]] = [
        ("records", ALL, None, records),
        ("golden", ALL, None, golden),
        *(("source", name, None, health) for name, health in sorted(by_source.items())),
        *(("owner", part, tenant.keys.seal(name.encode(), _place(part)), health) for part, name, health in sealed),
    ]
    connection.cursor().executemany(
        """
        insert into kempt.health_day (tenant, day, scope, part, name_cipher, records, completeness, validity, freshness,
            uniqueness, formula_version, measured_at)
        values (kempt.tenant(), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (tenant, scope, part, day) do update set name_cipher = excluded.name_cipher,
            records = excluded.records, completeness = excluded.completeness, validity = excluded.validity,
            freshness = excluded.freshness, uniqueness = excluded.uniqueness,
            formula_version = excluded.formula_version, measured_at = excluded.measured_at
        """,
        [
            (day, scope, part, cipher, each.records, each.completeness, each.validity, each.freshness, each.uniqueness,
             FORMULA_VERSION, now)
            for scope, part, cipher, each in rows
        ],
    )  # fmt: skip


def history(connection: Connection[Any], tenant: Tenant, *, until: date, days: int = 90) -> Sequence[Series]:
    """Every series with a measurement in the days up to one, all of them first, then sources and owners by size."""
    rows = connection.execute(
        """
        select scope, part, name_cipher, day, records, completeness, validity, freshness, uniqueness, formula_version
        from kempt.health_day where day > %s and day <= %s order by scope, part, day
        """,
        [until - timedelta(days=days), until],
    ).fetchall()
    found: dict[tuple[Scope, str], list[Day]] = {}
    sealed: dict[str, bytes] = {}
    for scope, part, cipher, day, count, *dimensions, version in rows:
        found.setdefault((scope, part), []).append(Day(day=day, health=_health(count, dimensions, version)))
        if cipher is not None:
            sealed[part] = bytes(cipher)
    names = {part: tenant.keys.open(cipher, _place(part)).decode() for part, cipher in sealed.items()}
    series = [
        Series(scope=scope, name=names[part] if scope == "owner" else part, days=told)
        for (scope, part), told in found.items()
    ]
    order: tuple[Scope, ...] = ("golden", "records", "source", "owner")
    return sorted(series, key=lambda each: (order.index(each.scope), -each.now.records, each.name))


def _health(records: int, dimensions: Sequence[float], version: str) -> Health:
    completeness, validity, freshness, uniqueness = dimensions
    return Health(
        records=records, completeness=completeness, validity=validity, freshness=freshness, uniqueness=uniqueness,
        formula_version=version,
    )  # fmt: skip


def _place(part: str) -> str:
    return f"owner {part} of a day"
