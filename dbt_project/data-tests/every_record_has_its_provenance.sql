-- Records whose presence is unknown, or that point to no raw row: there must be none.
{% for kind in ['contact', 'lead', 'company'] %}
select record_id
from {{ ref(kind) }}
where presence not in ('present', 'deleted')
    or presence is null or row_digest is null or extract_id is null or observed_on is null or source_key is null
{% if not loop.last %}union all{% endif %}
{% endfor %}
