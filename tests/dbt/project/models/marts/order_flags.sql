{{ config(materialized='ephemeral') }}

select order_id, total >= {{ var('min_total') }} as is_large
from {{ ref('stg_orders') }}
