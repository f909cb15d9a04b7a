"""The week of a tenant as text, for people who open neither Dagster nor a terminal."""

from datetime import UTC, datetime
from pathlib import Path

from kempt.usecases.status import status
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import open_lake

TEXT = """\
Kempt: {tenant}, week ending {day}

  {raw:>9,} records in the sources
  {quarantined:>9,} in quarantine
  {entities:>9,} golden records ({duplicates:,} duplicates folded in)
  {week:>9,} events this week
  {pending_review:>9,} proposals wait for a steward
  health {health}

Decide: kempt review list --tenant {tenant}
"""


def weekly_digest(tenants: Tenants, name: str, *, now: datetime | None = None) -> Path:
    """Writes the digest of one tenant and answers where; counts only, so it may be mailed."""
    tenant, now = tenants.open(name), now or datetime.now(UTC)
    with open_lake(tenant.lake) as lake:
        figures = status(tenant, lake).as_json()
    with tenant.database.transaction(name) as connection:
        row = connection.execute(
            "select count(*) from ledger.event where at > %s - interval '7 days'", [now]
        ).fetchone()
    health = "not measured yet" if figures["health"] is None else f"{figures['health']:.1f} of 100"
    text = TEXT.format(
        **(figures | {"tenant": name, "day": f"{now:%Y-%m-%d}", "week": row[0] if row else 0, "health": health})
    )
    file = tenants.settings.home / "digests" / name / f"{now:%Y-%m-%d}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file
