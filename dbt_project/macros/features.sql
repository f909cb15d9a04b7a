{# Which rows of the features a build writes: those of the records that Kempt lists, unless it builds all anew. #}
{% macro changed_record() -%}
{{ this.database }}.{{ this.schema }}.changed_record
{%- endmacro %}

{% macro forget_changed() -%}
{% if is_incremental() -%}
delete from {{ this }} where record_id in (select record_id from {{ changed_record() }})
{%- else -%}
select 1
{%- endif %}
{%- endmacro %}

{% macro only_changed() -%}
{% if is_incremental() -%}
semi join {{ changed_record() }} using (record_id)
{%- endif %}
{%- endmacro %}
