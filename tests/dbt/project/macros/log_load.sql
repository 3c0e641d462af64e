{% macro log_load() -%}
    select 'loaded {{ this.identifier }}'
{%- endmacro %}
