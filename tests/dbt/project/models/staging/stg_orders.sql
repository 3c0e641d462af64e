{{ config(materialized=var('staging_materialized'), post_hook="{{ log_load() }}") }}

select
    id as order_id,
    customer_id,
    ordered_at,
    updated_at,
    {{ euros('total_cents') }} as total
from {{ source('web', 'orders') }}
