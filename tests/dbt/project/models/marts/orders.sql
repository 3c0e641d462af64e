select
    o.order_id,
    o.customer_id,
    cast(o.ordered_at as date) as ordered_at,
    cast(o.total as decimal(12, 2)) as total
from {{ ref('stg_orders') }} as o
join {{ ref('order_flags') }} as f using (order_id)
