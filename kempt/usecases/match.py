"""Compares records that may describe the same person or company; who belongs together is decided afterwards."""

import json
from dataclasses import dataclass
from typing import Any, get_args

import duckdb

from kempt.ids import canonical_json
from kempt.matching.engines.named import engine_of
from kempt.matching.scoring import ScoredPairs, score_records
from kempt.records.model import EntityType
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What was compared: pairs by entity type and blocking rule, and what blocking left out."""

    pairs: dict[str, int]
    reduction: dict[str, float]
    pairs_by_rule: dict[str, int]
    pairs_not_made: dict[str, int]
    generic_values: dict[str, int]
    reused: tuple[str, ...]


STATE = "create table if not exists match_report (entity_type varchar, input_digest varchar, report varchar)"


def score_pairs(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> Matched:
    """Scores the pairs of both entity types, each on the engine that its policy names.

    One whose records and policy are as they were is not compared again.
    """
    lake.execute(STATE)
    reports: dict[str, dict[str, Any]] = {}
    reused = []
    for kind in get_args(EntityType):
        digest = _input_digest(lake, kind, tenant)
        known = lake.execute(
            "select report from match_report where entity_type = ? and input_digest = ?", [kind, digest]
        ).fetchone()
        if known is not None:
            reports[kind] = json.loads(known[0])
            reused.append(kind)
            continue
        spec = tenant.policies.matching[kind]
        scored = score_records(lake, spec, f"{kind}_features", engine_of(spec, tenant.spark_url))
        reports[kind] = _report(scored)
        lake.execute("begin")
        lake.execute(f"create or replace table {kind}_pair as select * from {scored.relation}")
        lake.execute("delete from match_report where entity_type = ?", [kind])
        lake.execute(
            "insert into match_report values (?, ?, ?)", [kind, digest, canonical_json(reports[kind]).decode()]
        )
        lake.execute("commit")
    return _matched(reports, tuple(reused))


def _input_digest(lake: duckdb.DuckDBPyConnection, kind: str, tenant: Tenant) -> str:
    """Changes with any compared value of any record, and with the policy."""
    row = lake.execute(
        f"select count(*), bit_xor(hash(features)), sum(hash(features)::hugeint % 1000003) "
        f"from {kind}_features as features"
    ).fetchone()
    return f"{tenant.policies.matching[kind].version}|{row}"  # type: ignore[index]


def _report(scored: ScoredPairs) -> dict[str, Any]:
    return {
        "pairs": scored.pairs,
        "reduction": scored.reduction,
        "rules": {rule.rule: rule.pairs for rule in scored.rules},
        "pairs_not_made": {rule.rule: rule.pairs_not_made for rule in scored.rules if rule.pairs_not_made},
        "generic_values": scored.generic_values,
        "components_left_out": scored.components_left_out,
    }


def _matched(reports: dict[str, dict[str, Any]], reused: tuple[str, ...]) -> Matched:
    def by_kind(name: str) -> dict[str, int]:
        return {f"{kind} {each}": count for kind, report in reports.items() for each, count in report[name].items()}

    return Matched(
        pairs={kind: report["pairs"] for kind, report in reports.items()},
        reduction={kind: report["reduction"] for kind, report in reports.items()},
        pairs_by_rule=by_kind("rules"),
        pairs_not_made=by_kind("pairs_not_made"),
        generic_values=by_kind("generic_values"),
        reused=reused,
    )
