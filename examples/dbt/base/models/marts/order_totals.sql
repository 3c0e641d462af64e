select
    order_id,
    sum(quantity) as items,
    sum(quantity * unit_price) as order_total
from {{ ref('stg_order_items') }}
group by order_id
