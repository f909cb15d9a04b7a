{# The cells of golden records lie in one table for each entity type, written by survivorship. #}
{% macro golden_cells(kind) -%}
{%- set written = source('golden', 'applied_changes') -%}
{{ written.database }}.{{ written.schema }}.{{ kind }}_cell
{%- endmacro %}
