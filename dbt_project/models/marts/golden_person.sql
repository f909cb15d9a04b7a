-- One row per person with the values that won. Each attribute has at most one cell, so max() picks it.
select
    entity_id,
    max(value) filter (attribute = 'full_name') as full_name,
    max(value) filter (attribute = 'given_name') as given_name,
    max(value) filter (attribute = 'family_name') as family_name,
    max(value) filter (attribute = 'suffix') as suffix,
    max(value) filter (attribute = 'email') as email,
    max(value) filter (attribute = 'phone') as phone,
    max(value) filter (attribute = 'job_title') as job_title,
    max(value) filter (attribute = 'birth_date') as birth_date,
    max(value) filter (attribute = 'company_name') as company_name,
    max(value) filter (attribute = 'domain') as domain,
    max(value) filter (attribute = 'street') as street,
    max(value) filter (attribute = 'city') as city,
    max(value) filter (attribute = 'region') as region,
    max(value) filter (attribute = 'postal_code') as postal_code,
    max(value) filter (attribute = 'country') as country,
    max(value) filter (attribute = 'channel') as channel,
    max(value) filter (attribute = 'campaign') as campaign,
    max(value) filter (attribute = 'owner') as owner,
    min(confidence) as least_confidence,
    max(observed_at) as last_observed_at
from {{ golden_cells('person') }}
group by entity_id
