{# The sources of one object type, from the declarations that Kempt hands over. #}
{% macro sources_of(object_type) -%}
{{ return(var('sources') | selectattr('object', 'equalto', object_type) | list) }}
{%- endmacro %}

{# One canonical field as its source wrote it: a column, several joined, or a constant. #}
{% macro mapped(rule) -%}
{%- if rule is string -%}
nullif(_payload[{{ text_literal(rule) }}], '')
{%- elif 'const' in rule -%}
{{ text_literal(rule.const) }}
{%- else -%}
nullif(trim(concat_ws({{ text_literal(rule.get('with', ' ')) }}
    {%- for column in rule.join %}, nullif(_payload[{{ text_literal(column) }}], ''){% endfor %})), '')
{%- endif -%}
{%- endmacro %}

{# The same without the values by which the source says that nothing is there. #}
{% macro mapped_value(rule, empty) -%}
{%- if empty -%}
case when coalesce({{ mapped(rule) }}, '') not in ({{ text_list(empty) }}) then {{ mapped(rule) }} end
{%- else -%}
{{ mapped(rule) }}
{%- endif -%}
{%- endmacro %}

{% macro text_list(values) -%}
{%- for value in values %}{{ text_literal(value) }}{% if not loop.last %}, {% endif %}{% endfor -%}
{%- endmacro %}

{#
  The rows of the waiting extracts of one object type, mapped to canonical fields, the latest version of each key.
  A key that a newer complete snapshot of the same source no longer holds was deleted there.
#}
{% macro stage(object_type, fields) -%}
{%- do source('raw', 'raw_extracts') -%}
{%- set ns = namespace(branches=[]) -%}
{%- for source in sources_of(object_type) -%}
{%- for extract in var('extracts') if extract.source == source.source -%}
{%- set _ = ns.branches.append((source, extract)) -%}
{%- endfor -%}
{%- endfor -%}
with
{%- for source, extract in ns.branches %}

extract_{{ loop.index }} as (
    select
        {{ text_literal(source.source) }} as source,
        {{ text_literal(source.system) }} as system,
        {{ text_literal(source.mode) }} as mode,
        {{ text_literal(source.mapping_version) }} as mapping_version,
        {{ text_literal(extract.extract_id) }} as extract_id,
        {{ text_literal(extract.observed_on) }}::date as observed_on,
        {{ extract.seq }}::bigint as extract_seq,
        _source_key as source_key,
        _row_number as row_number,
        _row_digest as row_digest,
        _deleted as deleted,
        nullif({{ text_literal(source.country) }}, '') as default_country,
        {{ text_literal(source.day_order) }} as day_order,
        {%- for field in fields %}
        {% if field in source.fields %}{{ mapped_value(source.fields[field], source.empty.get(field)) }}{% else %}null::varchar{% endif %} as {{ field }},
        {%- endfor %}
        list_filter([
            {%- for field, values in source.empty.items() %}
            case when coalesce({{ mapped(source.fields[field]) }}, '') in ({{ text_list(values) }}) then '{{ field }}' end
            {%- if not loop.last %}, {% endif %}
            {%- endfor %}
        ]::varchar[], lambda field: field is not null) as emptied,
        map_from_entries(list_filter(
            map_entries(_payload),
            lambda entry: entry.value <> '' and not list_contains([
                {%- for column in source.mapped_columns %}{{ text_literal(column) }}{% if not loop.last %}, {% endif %}{% endfor -%}
            ]::varchar[], entry.key)
        )) as extras
    from read_parquet({{ text_literal(extract.path) }}, encryption_config = {footer_key: 'kempt'})
),
{%- endfor %}

waiting as (
    {%- for source, extract in ns.branches %}
    select * from extract_{{ loop.index }}
    {% if not loop.last %}union all by name{% endif %}
    {%- else %}
    select
        null::varchar as source, null::varchar as system, null::varchar as mode, null::varchar as mapping_version,
        null::varchar as extract_id, null::date as observed_on, null::bigint as extract_seq,
        null::varchar as source_key, null::bigint as row_number, null::varchar as row_digest, null::boolean as deleted,
        null::varchar as default_country, null::varchar as day_order,
        {%- for field in fields %} null::varchar as {{ field }},{% endfor %}
        null::varchar[] as emptied, null::map(varchar, varchar) as extras
    where false
    {%- endfor %}
),

newest_snapshots as (
    select source, max(extract_seq) as extract_seq
    from (
        {%- for extract in var('extracts') if extract.complete %}
        select {{ text_literal(extract.source) }} as source, {{ extract.seq }}::bigint as extract_seq
        {% if not loop.last %}union all{% endif %}
        {%- else %}
        select null::varchar as source, null::bigint as extract_seq where false
        {%- endfor %}
    )
    group by source
),

latest as (
    select *
    from waiting
    qualify row_number() over (
        partition by system, source_key order by observed_on desc, extract_seq desc, source desc, row_number desc
    ) = 1
),

final as (
    select
        {{ record_id('latest.system', "'" ~ object_type ~ "'", 'latest.source_key') }} as record_id,
        {{ text_literal(object_type) }} as object_type,
        latest.* exclude (deleted, mode),
        case
            when latest.deleted or (latest.mode = 'snapshot' and latest.extract_seq < newest_snapshots.extract_seq) then 'deleted'
            else 'present'
        end as presence
    from latest
    left join newest_snapshots using (source)
)

select * from final
{%- endmacro %}
