"""The statement that settles every cell of every entity at once.

Read it from top to bottom: who speaks, what they say, who is alone, who is ranked first and against whom, how
sure that makes us, and what a person has set by hand. The policy comes in as bound tables; no rule is in the text.
"""

from typing import get_args

from kempt.policy.survivorship import Strategy

LONGEST_STRATEGY_LIST = len(get_args(Strategy)) - 1
"""All but override, which comes first by itself."""

_KEYS = range(1, LONGEST_STRATEGY_LIST + 1)
_KEY = """
case strategy_{n} when 'source_trust' then trust when 'recency' then epoch_us(observed_at)
    when 'longest' then length(replace(list_aggregate(value, 'string_agg', ''), chr(1), ''))
    when 'completeness' then filled when 'domain_rule' then preferred when 'quality' then quality
    when 'majority' then {votes} else 0 end
"""
# Majority counts votes among what the strategies before it left level, each system once.
_BEFORE_MAJORITY = ", ".join(f"case when {n} < majority_at then {_KEY.format(n=n, votes=0)} else 0 end" for n in _KEYS)
_RANK_KEYS = ", ".join(f"({_KEY.format(n=n, votes='coalesce(votes, 0)')}) as key_{n}" for n in _KEYS)
_ORDER = ", ".join(f"key_{n} desc" for n in _KEYS)
_DECIDED_BY = " ".join(f"when first.key_{n} <> rival.key_{n} then first.strategy_{n}" for n in _KEYS)
_LOST_BY = _DECIDED_BY.replace("rival", "ranked")
_STRATEGIES = ", ".join(f"unnest($strategy_{n}) as strategy_{n}" for n in _KEYS)

_RANKED = f"""
with rule as (
    select unnest($units) as unit, unnest($rules) as rule, unnest($half_lives) as half_life_days,
        unnest($majority_at) as majority_at, {_STRATEGIES}
),
part as (
    select unnest($attributes) as attribute, unnest($attribute_units) as unit, unnest($positions) as position,
        unnest($sizes) as size, unnest($core_groups) as core_group
),
trusted as (select unnest($systems) as system, unnest($trusts) as trust),
sure as (select unnest($strategies) as strategy, unnest($confidences) as confidence),
voice as materialized ({{voices}}),
claim as materialized (
    select entity_id, record_id, attribute, value, origin, source, confidence, observed_at, spoken
    from {{claims}} join {{members}} using (record_id)
    where nullif(value, '') is not null or value is null and origin = 'override'
),
speakers as (
    select entity_id, count(*) as speakers
    from (select entity_id from voice union all select entity_id from claim where origin = 'enrichment')
    group by entity_id
),
candidate as materialized (
    select candidate.*, speakers > 1 as contested
    from ({{candidates}}) as candidate join speakers using (entity_id)
),
weighed as (
    select candidate.*, rule.* exclude (unit),
        coalesce(by_system.trust, by_origin.trust, $default_trust) as trust, coalesce(stated, 1.0) as confidence
    from candidate
    join rule using (unit)
    left join trusted as by_system on by_system.system = candidate.system
    left join trusted as by_origin on by_origin.system = candidate.origin
    where contested
),
levelled as materialized (select *, [{_BEFORE_MAJORITY}] as level from weighed),
vote as (
    select entity_id, unit, value, level, count(distinct system) as votes
    from levelled where majority_at is not null group by all
),
keyed as (select levelled.*, {_RANK_KEYS} from levelled left join vote using (entity_id, unit, value, level)),
ranked as materialized (
    select *, row_number() over (
        partition by entity_id, unit
        order by core desc, {_ORDER}, authority desc, trust desc, confidence desc, observed_at desc, value, record_id,
            source
    ) as rank
    from keyed
),
first as materialized (select * from ranked where rank = 1)
"""

# Of one attribute of the entities among the members, everybody who spoke: the winner first, each other with the first
# step at which another was preferred.
CONTENDERS = f"""{_RANKED}
select ranked.entity_id, ranked.rank, ranked.record_id, ranked.origin, ranked.source, ranked.observed_at,
    ranked.value[part.position] as value,
    case when ranked.rank = 1 then null when first.core <> ranked.core then 'completeness' {_LOST_BY}
        else 'tie_break' end as lost_by
from ranked
join first on first.entity_id = ranked.entity_id and first.unit = ranked.unit
join part on part.unit = ranked.unit
where part.attribute = $attribute
order by ranked.entity_id, ranked.rank
"""

COMPOSE = f"""{_RANKED},
said as (
    select ranked.entity_id, ranked.unit, ranked.rank, ranked.observed_at,
        unnest(ranked.value) as other, unnest(first.value) as chosen, generate_subscripts(first.value, 1) as position
    from ranked join first using (entity_id, unit)
),
spread as (
    select entity_id, unit, position, count(other) filter (rank > 1) as losers,
        min(rank) filter (other <> chosen) as rival_rank,
        max(observed_at) filter (other <> chosen) as contradicted_at
    from said where chosen is not null group by entity_id, unit, position
),
decided as (
    select first.entity_id, first.unit, spread.position, losers, contradicted_at,
        case when rival_rank is null then 'undisputed' when first.core <> rival.core then 'completeness' {_DECIDED_BY}
            else 'tie_break' end as strategy
    from spread
    join first on first.entity_id = spread.entity_id and first.unit = spread.unit
    left join ranked as rival on rival.entity_id = spread.entity_id and rival.unit = spread.unit
        and rival.rank = spread.rival_rank
),
best as (
    select entity_id, unit, record_id, origin, source, stated, observed_at, value from candidate where not contested
    union all
    select entity_id, unit, record_id, origin, source, stated, observed_at, value from first
),
chosen as (
    select * exclude (value), unnest(value) as value, generate_subscripts(value, 1) as position from best
),
settled as (
    select chosen.* exclude (unit, position), part.attribute, rule.rule, rule.half_life_days,
        coalesce(strategy, 'undisputed') as strategy, coalesce(losers, 0) as losers, contradicted_at
    from chosen
    join part on part.unit = chosen.unit and part.position = chosen.position
    join rule on rule.unit = chosen.unit
    left join decided on decided.entity_id = chosen.entity_id and decided.unit = chosen.unit
        and decided.position = chosen.position
    where chosen.value is not null
),
override as (
    select entity_id, attribute, value, record_id, source, observed_at from claim
    where origin = 'override' and attribute in (select attribute from part)
    qualify row_number() over (
        partition by entity_id, attribute order by spoken desc, observed_at desc, value, record_id, source
    ) = 1
),
overruled as (
    select override.entity_id, override.attribute, count(part_value) as losers,
        coalesce(
            bool_or(nullif(part_value, chr(1)) is distinct from override.value) filter (part_value is not null), false
        ) as conflict
    from override
    join part using (attribute)
    left join (select entity_id, unit, unnest(value) as part_value, generate_subscripts(value, 1) as position
        from candidate semi join override using (entity_id)) as said
        on said.entity_id = override.entity_id and said.unit = part.unit and said.position = part.position
    group by override.entity_id, override.attribute
),
cell as (
    select entity_id, attribute, nullif(value, chr(1)) as value, record_id, origin, source,
        least(sure.confidence, coalesce(stated, 1.0)) * if(contradicted_at > observed_at and half_life_days is not null,
            pow(2.0, -epoch(contradicted_at - observed_at) / 86400 / half_life_days), 1.0) as confidence,
        observed_at, rule, strategy, losers, strategy <> 'undisputed' as conflict
    from settled join sure using (strategy)
    anti join override using (entity_id, attribute)
    union all
    select entity_id, attribute, value, record_id, 'override', source, sure.confidence,
        observed_at, rule.rule, 'override', losers, conflict
    from override
    join overruled using (entity_id, attribute)
    join part using (attribute)
    join rule using (unit)
    join sure on sure.strategy = 'override'
)
select entity_id, attribute, value, record_id, origin, source, round(confidence, 6) as confidence, observed_at, rule,
    strategy, cast(losers as integer) as losers, conflict
from cell
"""
