"""Compares records that may describe the same person or company; who belongs together is decided afterwards."""

from dataclasses import dataclass
from typing import get_args

import duckdb

from kempt.matching.engines.named import engine_named
from kempt.matching.rescore import Rescored, rescore
from kempt.records.model import EntityType
from kempt.usecases.tenancy import Tenant
from kempt.warehouse.connection import gather
from kempt.warehouse.feed import TableFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """All pairs by entity type and blocking rule, what blocking left out, and how much of it this run compared."""

    pairs: dict[str, int]
    reduction: dict[str, float]
    pairs_by_rule: dict[str, int]
    pairs_not_made: dict[str, int]
    generic_values: dict[str, int]
    model: dict[str, str]
    compared: dict[str, str]
    """`nothing`, `change`, `everything`, or `everything with a new model`."""
    records_read: dict[str, str]
    """To find what changed: the `changed`, as the lake told them, or `all`."""
    records_compared_anew: dict[str, int]
    pairs_compared_anew: dict[str, int]
    pairs_reused: dict[str, int]


def score_pairs(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> Matched:
    """Brings the pairs of both entity types up to date, each with its model; what nothing touched is kept.

    Each is compared on the engine that its policy names.
    """
    found = {}
    for kind in get_args(EntityType):
        spec, features = tenant.policies.matching[kind], f"{kind}_features"
        engine = engine_named(spec.engine, tenant.spark_url)
        found[kind] = rescore(lake, spec, features, engine, TableFeed(lake, features))
    gather(lake, ("match_state", *(f"{kind}_{what}" for kind in found for what in ("pair", "seen", "full", "gone"))))
    for kind in found:
        gather(lake, (f"{kind}_key",), only=f"semi join {kind}_seen using (number)")
    return _matched(found)


def _matched(found: dict[str, Rescored]) -> Matched:
    def by_kind(name: str) -> dict[str, int]:
        return {
            f"{kind} {each}": count
            for kind, rescored in found.items()
            for each, count in getattr(rescored.report, name).items()
        }

    return Matched(
        pairs={kind: each.report.pairs for kind, each in found.items()},
        reduction={kind: each.report.reduction for kind, each in found.items()},
        pairs_by_rule=by_kind("pairs_by_rule"),
        pairs_not_made=by_kind("pairs_not_made"),
        generic_values=by_kind("generic_values"),
        model={kind: each.model for kind, each in found.items()},
        compared={kind: each.scope for kind, each in found.items()},
        records_read={kind: each.records_read for kind, each in found.items()},
        records_compared_anew={kind: each.records_compared for kind, each in found.items()},
        pairs_compared_anew={kind: each.pairs_compared for kind, each in found.items()},
        pairs_reused={kind: each.report.pairs - each.pairs_compared for kind, each in found.items()},
    )
