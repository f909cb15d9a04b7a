select
    record_id,
    object_type,
    source,
    company_name,
    company_core,
    legal_form,
    domain,
    email_domain,
    phone,
    street_key,
    city_key,
    postal_code,
    country,
    registry_id
from {{ ref('company') }}
{{ only_changed() }}
