"""Golden records with a gap: how many there are, and those that a provider at hand could be asked about."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from kempt.enrichment.provider import Provider
from kempt.enrichment.questions import Subject
from kempt.hygiene.staleness import P_STILL_TRUE
from kempt.policy.enrichment import EnrichmentPolicy, ProviderRule, Reason
from kempt.policy.hygiene import HygienePolicy
from kempt.records.model import EntityType

# Without one of these nobody can tell who is meant.
NAMED_BY = ("company_name", "email", "phone")

# An entity has at most one cell of an attribute, so that what it lacks is a matter of counting.
_CELLS = f"""
with half_life as (select unnest($attributes) as attribute, unnest($half_lives) as half_life_days),
aged as (
    select *, $today::date - cast(observed_at as date) as age_days
    from {{cells}} left join half_life using (attribute)
    where list_contains($named_by, attribute) or list_contains($wanted, attribute) or list_contains($needed, attribute)
),
cell as (
    select entity_id, attribute, value, cast(observed_at as date) as observed_on,
        value is not null and list_contains($named_by, attribute) as names_it,
        list_contains($wanted, attribute) as is_wanted,
        value is not null and list_contains($needed, attribute) as is_needed,
        value is not null and {P_STILL_TRUE} < $stale_below as is_stale
    from aged
)
"""
_LACKS_OR_HOLDS_TOO_LONG = """
$missing and count(*) filter (is_wanted) < len($wanted) or $stale and bool_or(is_wanted and is_stale)
"""
_COUNT = f"""
{_CELLS}
select count(*) from (
    select entity_id from cell group by entity_id having bool_or(names_it) and ({_LACKS_OR_HOLDS_TOO_LONG})
)
"""
# Lists, because DuckDB builds a map ten times as slowly.
_SUBJECTS = f"""
{_CELLS}
select entity_id, list(attribute), list(value), list(observed_on), list(attribute) filter (is_wanted and is_stale)
from cell group by entity_id
having bool_or(names_it) and bool_or(is_needed) and ({_LACKS_OR_HOLDS_TOO_LONG})
order by entity_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The golden records of one entity type on one day, searched for what is missing or stale."""

    lake: duckdb.DuckDBPyConnection
    entity_type: EntityType
    enrichment: EnrichmentPolicy
    hygiene: HygienePolicy
    today: date

    def count(self) -> int:
        """How many have a gap that policy would have filled, whoever is at hand."""
        wanted = {name for rule in self._rules() for name in rule.fields}
        found = self.lake.execute(self._over(_COUNT), self._looking_for(wanted)).fetchone()
        return int(found[0]) if found else 0

    def subjects(self, at_hand: Mapping[str, Provider]) -> list[Subject]:
        """Those a provider at hand could be asked about, with what it offers and what it must be told; no more."""
        able = [(rule, at_hand[rule.name].capabilities) for rule in self._rules() if rule.name in at_hand]
        offered = {name for rule, capable in able for name in rule.fields if name in capable.fields}
        needed = {name for _, capable in able for alternative in capable.needs for name in alternative}
        if not offered or not needed:
            return []
        asked = self._looking_for(offered, needed, self.enrichment.ask_when)
        return [
            Subject(
                subject_id=entity,
                # Empty on purpose is no gap, and nothing to be told.
                known={name: value for name, value in zip(names, values, strict=True) if value is not None},
                observed_on=dict(zip(names, days, strict=True)),
                gaps=_reasons(offered.difference(names), stale or ()),
            )
            for entity, names, values, days, stale in self.lake.execute(self._over(_SUBJECTS), asked).fetchall()
        ]

    def _rules(self) -> tuple[ProviderRule, ...]:
        return self.enrichment.providers_of(self.entity_type)

    def _over(self, query: str) -> str:
        return query.format(cells=f"{self.entity_type}_cell")

    def _looking_for(
        self,
        wanted: Collection[str],
        needed: Collection[str] = (),
        reasons: Collection[Reason] = ("missing", "stale"),
    ) -> dict[str, object]:
        half_lives = self.hygiene.half_lives(self.entity_type)
        return {
            "named_by": list(NAMED_BY),
            "wanted": sorted(wanted),
            "needed": sorted(needed),
            "attributes": list(half_lives),
            "half_lives": list(half_lives.values()),
            "today": self.today,
            "stale_below": self.hygiene.stale_below,
            "missing": "missing" in reasons,
            "stale": "stale" in reasons,
        }


def _reasons(missing: Iterable[str], stale: Iterable[str]) -> dict[str, Reason]:
    return {**dict.fromkeys(missing, "missing"), **dict.fromkeys(stale, "stale")}
