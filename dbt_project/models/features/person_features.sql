with people as (
    select * from {{ ref('contact') }}
    {{ only_changed() }}
    union all by name
    select * from {{ ref('lead') }}
    {{ only_changed() }}
),

roots as (
    select given_key, nickname_key(given_key) as nickname_key
    from (select distinct given_key from people where given_key is not null)
)

select
    people.record_id,
    people.object_type,
    people.source,
    people.given_name,
    people.family_name,
    people.suffix,
    people.given_key,
    people.family_key,
    people.name_key,
    roots.nickname_key,
    people.email,
    people.email_canonical,
    people.email_local,
    people.email_domain,
    people.is_role,
    people.is_free,
    people.phone,
    people.birth_date,
    people.job_title,
    people.company_name,
    people.company_core,
    people.domain,
    people.street_key,
    people.city_key,
    people.postal_code,
    people.country
from people
left join roots using (given_key)
