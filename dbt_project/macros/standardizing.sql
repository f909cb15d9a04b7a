{#
  Each distinct input of a standardizer once, whatever the number of records that share it.
  `inputs` are columns of `changed`; the result is a CTE body with those columns and a struct `std`.
#}
{% macro once(function, inputs) -%}
    select {{ inputs | join(', ') }}, {{ function }}({{ inputs | join(', ') }}) as std
    from (select distinct {{ inputs | join(', ') }} from changed)
{%- endmacro %}

{% macro same(left, right, columns) -%}
{%- for column in columns -%}
{{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }}{% if not loop.last %} and {% endif %}
{%- endfor -%}
{%- endmacro %}

{# What a standardizer said about the values of one record, the unremarkable left out. #}
{% macro remarks(pairs) -%}
list_filter([
    {%- for attribute, std in pairs %}
    struct_pack(attribute := '{{ attribute }}', flag := coalesce({{ std }}.flag, 'missing'), reason := coalesce({{ std }}.reason, '')){% if not loop.last %},{% endif %}
    {%- endfor %}
], lambda remark: (remark.flag not in ('valid', 'missing') or remark.reason <> '') and not list_contains(changed.emptied, remark.attribute))
|| list_transform(changed.emptied, lambda field: struct_pack(attribute := field, flag := 'empty', reason := 'on_purpose'))
{%- endmacro %}

{# What the source wrote, by canonical field: nothing standardized is without its original. #}
{% macro originals(fields) -%}
map_from_entries(list_filter([
    {%- for field in fields %}
    struct_pack(key := '{{ field }}', value := changed.{{ field }}){% if not loop.last %},{% endif %}
    {%- endfor %}
], lambda entry: entry.value is not null))
{%- endmacro %}

{#
  The rows to standardize: staged rows whose content, mapping or presence is new, and records that a
  snapshot of their source no longer holds. Running it again finds nothing.
#}
{% macro changed_rows(staged) -%}
    select staged.*
    from {{ staged }} as staged
    {% if is_incremental() -%}
    left join {{ this }} as known using (record_id)
    where known.record_id is null
        or (known.row_digest, known.presence, known.mapping_version, known.standardizer_version)
            is distinct from (staged.row_digest, staged.presence, staged.mapping_version, '{{ var("standardizer_version", "1") }}')
    {%- endif %}
{%- endmacro %}

{% macro vanished_rows(object_type) -%}
{%- set snapshots = sources_of(object_type) | selectattr('mode', 'equalto', 'snapshot') | map(attribute='source') | list -%}
    select known.* replace ('deleted' as presence, arrived.observed_on as observed_on, arrived.extract_id as extract_id)
    from {{ this }} as known
    inner join (
        {%- set arrived = var('extracts') | selectattr('source', 'in', snapshots) | selectattr('complete') | list %}
        {%- for extract in arrived %}
        select {{ text_literal(extract.source) }} as source, {{ text_literal(extract.observed_on) }}::date as observed_on,
            {{ text_literal(extract.extract_id) }} as extract_id, {{ extract.seq }}::bigint as extract_seq
        {% if not loop.last %}union all{% endif %}
        {%- else %}
        select null::varchar as source, null::date as observed_on, null::varchar as extract_id, null::bigint as extract_seq where false
        {%- endfor %}
        qualify row_number() over (partition by source order by extract_seq desc) = 1
    ) as arrived on known.source = arrived.source and known.observed_on <= arrived.observed_on
    where known.presence = 'present'
        and known.record_id not in (select record_id from {{ ref('stg_' ~ object_type) }})
        and known.record_id not in (select record_id from unreadable)
{%- endmacro %}

{# Keys whose row of a waiting extract could not be read: they are quarantined, not gone. #}
{% macro unreadable_rows(object_type) -%}
{%- set names = sources_of(object_type) | map(attribute='source') | list -%}
{%- set arrived = var('extracts') | selectattr('source', 'in', names) | list -%}
{%- for extract in arrived %}
{%- set source = sources_of(object_type) | selectattr('source', 'equalto', extract.source) | first %}
    select {{ record_id(text_literal(source.system), "'" ~ object_type ~ "'", '_source_key') }} as record_id
    from read_parquet({{ text_literal(extract.quarantine_path) }}, encryption_config = {footer_key: 'kempt'})
    where _source_key is not null
    {% if not loop.last %}union{% endif %}
{%- else %}
    select null::varchar as record_id where false
{%- endfor %}
{%- endmacro %}


{% macro person_fields() -%}
{{ return(['full_name', 'given_name', 'family_name', 'email', 'phone', 'job_title', 'birth_date', 'company_name', 'company_key',
    'website', 'street', 'city', 'region', 'postal_code', 'country', 'channel', 'campaign', 'owner', 'created_at', 'updated_at',
    'source_status']) }}
{%- endmacro %}

{% macro company_fields() -%}
{{ return(['company_name', 'website', 'email', 'phone', 'street', 'city', 'region', 'postal_code', 'country', 'registry_id',
    'industry', 'employees', 'owner', 'created_at', 'updated_at', 'source_status']) }}
{%- endmacro %}

{% macro standardize(object_type) -%}
{%- set person = object_type != 'company' -%}
{%- set fields = person_fields() if person else company_fields() -%}
with staged as (
    {{ changed_rows(ref('stg_' ~ object_type)) }}
),

unreadable as (
    {{ unreadable_rows(object_type) }}
),

countries as (
    select country, std_country(country) as std from (select distinct country from staged)
),

changed as (
    select
        staged.*,
        countries.std as country_std,
        coalesce(countries.std.country, staged.default_country) as home
    from staged
    left join countries using (country)
),

{% if person -%}
names as (
{{ once('std_name', ['full_name', 'given_name', 'family_name', 'home']) }}
),

birth_dates as (
{{ once('std_date', ['birth_date', 'day_order']) }}
),

{% endif -%}
emails as (
{{ once('std_email', ['email']) }}
),

phones as (
{{ once('std_phone', ['phone', 'home']) }}
),

companies as (
{{ once('std_company', ['company_name', 'home']) }}
),

websites as (
{{ once('std_domain', ['website']) }}
),

mail_domains as (
    select email_domain, std_domain(email_domain).domain as domain
    from (select distinct std.email_domain as email_domain from emails where not std.is_free)
),

streets as (
{{ once('std_street', ['street', 'home']) }}
),

places as (
    select place, std_place(place) as std
    from (select city as place from changed union select region from changed)
),

postal_codes as (
{{ once('std_postal', ['postal_code', 'home']) }}
),

moments as (
    select moment, day_order, std_timestamp(moment, day_order) as std
    from (
        select updated_at as moment, day_order from changed
        union
        select created_at, day_order from changed
    )
),

texts as (
    select text, std_text(text) as std
    from (
        {%- for field in (['job_title', 'channel', 'campaign', 'owner'] if person else ['registry_id', 'industry', 'employees', 'owner']) %}
        select {{ field }} as text from changed
        {% if not loop.last %}union{% endif %}
        {%- endfor %}
    )
),

standardized as (
    select
        changed.record_id,
        changed.object_type,
        changed.source,
        changed.system,
        changed.source_key,
        changed.presence,
        changed.row_digest,
        changed.extract_id,
        changed.row_number,
        changed.observed_on,
        changed.mapping_version,
        '{{ var("standardizer_version", "1") }}' as standardizer_version,
        {%- if person %}
        names.std.full_name as full_name,
        names.std.given_name as given_name,
        names.std.family_name as family_name,
        names.std.suffix as suffix,
        names.std.given_key as given_key,
        names.std.family_key as family_key,
        names.std.name_key as name_key,
        names.std.flag as full_name_flag,
        {%- endif %}
        emails.std.email as email,
        emails.std.email_canonical as email_canonical,
        emails.std.email_local as email_local,
        emails.std.email_domain as email_domain,
        coalesce(emails.std.is_role, false) as is_role,
        coalesce(emails.std.is_free, false) as is_free,
        coalesce(emails.std.flag, 'missing') as email_flag,
        phones.std.phone as phone,
        phones.std.extension as phone_extension,
        coalesce(phones.std.flag, 'missing') as phone_flag,
        {%- if person %}
        job_titles.std.value as job_title,
        birth_dates.std.value as birth_date,
        coalesce(birth_dates.std.flag, 'missing') as birth_date_flag,
        changed.company_key,
        {%- endif %}
        companies.std.company_name as company_name,
        companies.std.company_core as company_core,
        companies.std.legal_form as legal_form,
        coalesce(companies.std.flag, 'missing') as company_name_flag,
        coalesce(case when websites.std.flag in ('valid', 'corrected') then websites.std.domain end, mail_domains.domain) as domain,
        coalesce(websites.std.flag, 'missing') as website_flag,
        streets.std.street as street,
        streets.std.street_key as street_key,
        cities.std.place as city,
        cities.std.place_key as city_key,
        regions.std.place as region,
        postal_codes.std.postal_code as postal_code,
        coalesce(postal_codes.std.flag, 'missing') as postal_code_flag,
        changed.country_std.country as country,
        coalesce(changed.country_std.flag, 'missing') as country_flag,
        {%- if person %}
        channels.std.value as channel,
        campaigns.std.value as campaign,
        {%- else %}
        registry_ids.std.value as registry_id,
        industries.std.value as industry,
        employee_counts.std.value as employees,
        {%- endif %}
        owners.std.value as owner,
        created.std.value as created_at,
        updated.std.value as updated_at,
        changed.source_status,
        {{ remarks(
            ([('full_name', 'names.std'), ('birth_date', 'birth_dates.std')] if person else []) + [
            ('email', 'emails.std'), ('phone', 'phones.std'), ('company_name', 'companies.std'), ('website', 'websites.std'),
            ('street', 'streets.std'), ('city', 'cities.std'), ('postal_code', 'postal_codes.std'), ('country', 'changed.country_std'),
            ('updated_at', 'updated.std')]
        ) }} as remarks,
        {{ originals(fields) }} as originals,
        changed.extras
    from changed
    {%- if person %}
    left join names on {{ same('changed', 'names', ['full_name', 'given_name', 'family_name', 'home']) }}
    left join birth_dates on {{ same('changed', 'birth_dates', ['birth_date', 'day_order']) }}
    left join texts as job_titles on changed.job_title = job_titles.text
    left join texts as channels on changed.channel = channels.text
    left join texts as campaigns on changed.campaign = campaigns.text
    {%- else %}
    left join texts as registry_ids on changed.registry_id = registry_ids.text
    left join texts as industries on changed.industry = industries.text
    left join texts as employee_counts on changed.employees = employee_counts.text
    {%- endif %}
    left join texts as owners on changed.owner = owners.text
    left join emails on changed.email = emails.email
    left join mail_domains on emails.std.email_domain = mail_domains.email_domain
    left join phones on {{ same('changed', 'phones', ['phone', 'home']) }}
    left join companies on {{ same('changed', 'companies', ['company_name', 'home']) }}
    left join websites on changed.website = websites.website
    left join streets on {{ same('changed', 'streets', ['street', 'home']) }}
    left join places as cities on changed.city = cities.place
    left join places as regions on changed.region = regions.place
    left join postal_codes on {{ same('changed', 'postal_codes', ['postal_code', 'home']) }}
    left join moments as updated on {{ same_moment('changed', 'updated', 'updated_at') }}
    left join moments as created on {{ same_moment('changed', 'created', 'created_at') }}
)

select * from standardized
{%- if is_incremental() %}

union all by name

{{ vanished_rows(object_type) }}
{%- endif %}
{%- endmacro %}

{% macro same_moment(left, right, column) -%}
{{ left }}.{{ column }} = {{ right }}.moment and {{ left }}.day_order is not distinct from {{ right }}.day_order
{%- endmacro %}
