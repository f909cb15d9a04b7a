"""What a steward should look at: issue rules over canonical records, as one set-based statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import duckdb

from kempt.hygiene.observations import NO_EVIDENCE, ageing, observations, quoted
from kempt.hygiene.staleness import P_STILL_TRUE
from kempt.records.model import EntityType

Severity = Literal["error", "warning", "info"]
OLDEST_AGE_YEARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRule:
    """One thing that can be wrong, how bad it is, and the sentence a steward reads."""

    rule: str
    severity: Severity
    reason: str


ISSUE_RULES = (
    IssueRule(rule="value_invalid", severity="error", reason="the value cannot be right as it stands"),
    IssueRule(rule="value_refuted", severity="error", reason="something happened that shows the value to be wrong"),
    IssueRule(rule="birth_date_impossible", severity="error", reason="nobody alive was born on that day"),
    IssueRule(rule="value_suspicious", severity="warning", reason="the value looks like a placeholder or a mistake"),
    IssueRule(rule="value_stale", severity="warning", reason="the value is old enough to be wrong by now"),
    IssueRule(rule="identity_incomplete", severity="warning", reason="too little is known to tell who this is"),
    IssueRule(rule="unreachable", severity="warning", reason="there is no usable e-mail address or telephone number"),
    IssueRule(rule="value_corrected", severity="info", reason="the value was repaired when it was standardized"),
)

ATTRIBUTES: dict[EntityType, tuple[str, ...]] = {
    "person": (
        *("full_name", "given_name", "family_name", "email", "phone", "job_title", "birth_date", "company_name"),
        *("domain", "street", "city", "region", "postal_code", "country"),
    ),
    "company": (
        *("company_name", "domain", "email", "phone", "street", "city", "region", "postal_code", "country"),
        *("registry_id", "industry", "employees"),
    ),
}
# What tells who a record is: one usable value of each group.
_IDENTITY: dict[EntityType, tuple[str, ...]] = {
    "person": ("full_name", "given_name", "family_name"),
    "company": ("company_name", "domain"),
}
_CONTACT_POINTS = ("email", "phone")

_ISSUES = f"""
create or replace table {{target}} as
with observation as ({{observations}}),
evidence as (
    select record_id, attribute, max(cast("at" as date)) filter (kind = 'confirmed') as confirmed_on,
        max(cast("at" as date)) filter (kind = 'refuted') as refuted_on
    from {{evidence}} group by all
),
half_life as (select unnest($attributes) as attribute, unnest($half_lives) as half_life_days),
aged as (
    select record_id, attribute, value, flag, refuted_on,
        greatest(seen_on, confirmed_on) as known_on, $today::date - known_on as age_days, half_life_days
    from observation
    left join evidence using (record_id, attribute)
    left join half_life using (attribute)
),
usable as (
    select record_id, bool_or(attribute in (select unnest($identity))) as identified,
        bool_or(attribute in (select unnest($contact_points))) as reachable
    from observation where value is not null and flag not in ('invalid', 'missing') group by record_id
),
found as (
    select record_id, 'value_' || flag as rule, attribute from aged where flag in ('invalid', 'suspicious', 'corrected')
    union all
    select record_id, 'value_refuted', attribute from aged
    where value is not null and refuted_on is not null and refuted_on >= known_on
    union all
    select record_id, 'value_stale', attribute from aged
    where value is not null and half_life_days is not null and {P_STILL_TRUE} < $stale_below
    union all
    select record_id, 'birth_date_impossible', attribute from aged
    where attribute = 'birth_date' and (try_cast(value as date) > $today::date
        or try_cast(value as date) < $today::date - to_years({OLDEST_AGE_YEARS}))
    union all
    select record_id, 'identity_incomplete', null from {{records}} left join usable using (record_id)
    where not coalesce(identified, false)
    union all
    select record_id, 'unreachable', null from {{records}} left join usable using (record_id)
    where not coalesce(reachable, false)
),
rule as (select unnest($rules) as rule, unnest($severities) as severity, unnest($reasons) as reason)
select
    sha256(concat_ws('|', record_id, rule, coalesce(attribute, ''))) as issue_id,
    record_id, rule, severity, attribute, reason
from found join rule using (rule)
"""


def find_issues(
    connection: duckdb.DuckDBPyConnection,
    *,
    records: str,
    entity_type: EntityType,
    half_lives: Mapping[str, float],
    stale_below: float,
    today: date,
    target: str,
    evidence: str | None = None,
) -> int:
    """Rebuilds the table of open issues and returns how many there are.

    `evidence` names a relation (record_id, attribute, kind 'confirmed' or 'refuted', at): a reply confirms an
    e-mail address, a hard bounce refutes it, and the later of the two counts.
    """
    sql = _ISSUES.format(
        target=quoted(target),
        records=quoted(records),
        observations=observations(connection, records=records, attributes=ATTRIBUTES[entity_type]),
        evidence=quoted(evidence) if evidence else f"({NO_EVIDENCE})",
    )
    connection.execute(
        sql,
        {
            "today": today,
            "stale_below": stale_below,
            **ageing(half_lives),
            "identity": list(_IDENTITY[entity_type]),
            "contact_points": list(_CONTACT_POINTS),
            "rules": [rule.rule for rule in ISSUE_RULES],
            "severities": [rule.severity for rule in ISSUE_RULES],
            "reasons": [rule.reason for rule in ISSUE_RULES],
        },
    )
    row = connection.execute(f"select count(*) from {quoted(target)}").fetchone()
    return int(row[0]) if row else 0
