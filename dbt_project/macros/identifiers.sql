{# A UUIDv5 over length-prefixed parts: the same id as kempt.ids.stable_id (a test holds them together). #}
{% macro stable_id(parts) -%}
{%- set text -%}
{%- for part in parts -%}
length({{ part }})::varchar || ':' || {{ part }}{% if not loop.last %} || {% endif %}
{%- endfor -%}
{%- endset -%}
memory.main.uuid_from_sha1(sha1('\x6F\x1C\x1F\x5E\x0D\x57\x5A\x53\x9D\x3A\x7B\x1F\x0C\x2E\x4A\x90'::blob || encode({{ text }})))
{%- endmacro %}

{% macro record_id(system, object_type, source_key) -%}
{{ stable_id(["'record'", "'" ~ var('tenant') ~ "'", system, object_type, source_key]) }}
{%- endmacro %}

{% macro text_literal(value) -%}
'{{ value | replace("'", "''") }}'
{%- endmacro %}
