{% macro unused() -%}
    current_date
{%- endmacro %}
