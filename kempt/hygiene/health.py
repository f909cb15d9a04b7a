"""How healthy records are: four dimensions between 0 and 1, and a score between 0 and 100.

completeness  how many of the expected attributes hold a value that is not invalid
validity      how many of the given values are right as far as anybody can tell; a suspicious one counts half
freshness     how likely the held values are still true
uniqueness    one divided by the number of records that describe the same entity

The score is the mean of the four. A dimension is the mean over the records, so junk may fill a field but then
costs validity, and what a record lacks shows in its own row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from kempt.hygiene.observations import ageing, columns_of, observations, quoted
from kempt.hygiene.staleness import P_STILL_TRUE
from kempt.records.model import EntityType

FORMULA_VERSION = "health.v1"
EXPECTED: dict[EntityType, tuple[str, ...]] = {
    "person": ("full_name", "email", "phone", "job_title", "company_name", "country"),
    "company": ("company_name", "domain", "phone", "country", "industry"),
}

_HEALTH = f"""
create or replace table {{target}} as
with observation as ({{observations}}),
half_life as (select unnest($attributes) as attribute, unnest($half_lives) as half_life_days),
judged as (
    select *, value is not null and flag not in ('invalid', 'missing') as held,
        value is not null or flag not in ('missing') as given, $today::date - seen_on as age_days
    from observation left join half_life using (attribute)
),
counted as (
    select record_id, source,
        count(*) filter (held) as held,
        count(*) filter (given) as given,
        sum(case flag when 'invalid' then 0.0 when 'suspicious' then 0.5 else 1.0 end) filter (given) as right_values,
        sum({P_STILL_TRUE}) filter (held) as still_true
    from judged group by record_id, source
),
entity as ({{entities}}),
dimension as (
    select record_id, source, held / $expected as completeness,
        coalesce(right_values / nullif(given, 0), 0.0) as validity,
        coalesce(still_true / nullif(held, 0), 0.0) as freshness,
        coalesce(1.0 / records, 1.0) as uniqueness
    from counted left join entity using (record_id)
)
select record_id, source, round(completeness, 6) as completeness, round(validity, 6) as validity,
    round(freshness, 6) as freshness, round(uniqueness, 6) as uniqueness,
    round(25 * (completeness + validity + freshness + uniqueness), 6) as score, $version as formula_version
from dimension
"""
_MEANS = """
select {source} as source, count(*), coalesce(round(fsum(completeness) / count(*), 6), 0.0),
    coalesce(round(fsum(validity) / count(*), 6), 0.0), coalesce(round(fsum(freshness) / count(*), 6), 0.0),
    coalesce(round(fsum(uniqueness) / count(*), 6), 0.0)
from {relation} group by {source}
"""
_OWNED = (
    "(select measured.*, owner from {target} as measured join {records} as said using (record_id) where owner <> '')"
)
_UNRELATED = "select null::varchar as record_id, null::bigint as records where false"
_SHARED = "select record_id, count(*) over (partition by entity_id) as records from {members}"
_GOLDEN = """
select golden.entity_id as record_id, null::varchar as source, expected.attribute, cell.value,
    case when cell.value is null then 'missing' when cell.origin = 'record' then coalesce(said.flag, 'valid')
        else 'valid' end as flag,
    cast(cell.observed_at as date) as seen_on
from (select distinct entity_id from {cells}) as golden
cross join (select unnest($expected_attributes) as attribute) as expected
left join {cells} as cell on cell.entity_id = golden.entity_id and cell.attribute = expected.attribute
left join ({origins}) as said on said.record_id = cell.record_id and said.attribute = cell.attribute
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The four dimensions of a set of records, their mean as a score, and the formula that made them."""

    records: int
    completeness: float
    validity: float
    freshness: float
    uniqueness: float
    formula_version: str = FORMULA_VERSION

    @property
    def score(self) -> float:
        """Between 0 and 100: the mean of the four dimensions."""
        return round(25 * (self.completeness + self.validity + self.freshness + self.uniqueness), 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """The health of everything measured, of each source, and of each owner where records have one."""

    total: Health
    by_source: Mapping[str, Health]
    by_owner: Mapping[str, Health]


def record_health(
    connection: duckdb.DuckDBPyConnection,
    *,
    records: str,
    entity_type: EntityType,
    half_lives: Mapping[str, float],
    today: date,
    target: str,
    members: str | None = None,
) -> HealthReport:
    """The health of source records, one row each in the target; `members` (record_id, entity_id) shows duplicates."""
    sql = _HEALTH.format(
        target=quoted(target),
        observations=observations(connection, records=records, attributes=EXPECTED[entity_type]),
        entities=_SHARED.format(members=quoted(members)) if members else _UNRELATED,
    )
    connection.execute(sql, _parameters(entity_type, half_lives, today))
    owned = "owner" in columns_of(connection, records)
    return _report(connection, target, owned_by=records if owned else None)


def golden_health(
    connection: duckdb.DuckDBPyConnection,
    *,
    cells: str,
    records: str,
    entity_type: EntityType,
    half_lives: Mapping[str, float],
    today: date,
    target: str,
) -> HealthReport:
    """The health of golden records by the same formula; a cell is as valid as the record value it came from."""
    expected = EXPECTED[entity_type]
    sql = _HEALTH.format(
        target=quoted(target),
        observations=_GOLDEN.format(
            cells=quoted(cells), origins=observations(connection, records=records, attributes=expected)
        ),
        entities=_UNRELATED,
    )
    connection.execute(sql, {**_parameters(entity_type, half_lives, today), "expected_attributes": list(expected)})
    return _report(connection, target)


def _parameters(entity_type: EntityType, half_lives: Mapping[str, float], today: date) -> dict[str, object]:
    return {
        "today": today,
        **ageing(half_lives),
        "expected": len(EXPECTED[entity_type]),
        "version": FORMULA_VERSION,
    }


def _report(connection: duckdb.DuckDBPyConnection, target: str, owned_by: str | None = None) -> HealthReport:
    measured = quoted(target)
    total = _means(connection, "'all'", measured)
    owned = _OWNED.format(target=measured, records=quoted(owned_by)) if owned_by else None
    return HealthReport(
        total=total.get("all", _health((0, 0.0, 0.0, 0.0, 0.0))),
        by_source=_means(connection, "source", measured),
        by_owner=_means(connection, "owner", owned) if owned else {},
    )


def _means(connection: duckdb.DuckDBPyConnection, name: str, relation: str) -> dict[str, Health]:
    rows = connection.execute(_MEANS.format(source=name, relation=relation)).fetchall()
    return {part: _health(figures) for part, *figures in rows if part is not None}


def _health(row: Sequence[float]) -> Health:
    records, completeness, validity, freshness, uniqueness = row
    return Health(
        records=int(records),
        completeness=completeness,
        validity=validity,
        freshness=freshness,
        uniqueness=uniqueness,
    )
