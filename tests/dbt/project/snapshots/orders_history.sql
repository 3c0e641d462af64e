{% snapshot orders_history %}
{{ config(schema='history', unique_key='order_id', strategy='timestamp', updated_at='updated_at') }}

select * from {{ ref('stg_orders') }}

{% endsnapshot %}
