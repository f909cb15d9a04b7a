"""How the assets are cut: raw extracts by day and source, everything after them by tenant."""

import dagster as dg

FIRST_DAY = "2025-01-01"

# An extract of today is landed today, so the day that runs is a partition too.
days = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, end_offset=1)
sources = dg.DynamicPartitionsDefinition(name="sources")
day_by_source = dg.MultiPartitionsDefinition({"day": days, "source": sources})
tenants = dg.DynamicPartitionsDefinition(name="tenants")


def source_key(tenant: str, source: str) -> str:
    """The partition key of one declared source."""
    return f"{tenant}.{source}"


def split_source_key(key: str) -> tuple[str, str]:
    """Tenant and source of a partition key."""
    tenant, _, source = key.partition(".")
    return tenant, source
