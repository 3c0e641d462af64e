select
    o.order_id,
    o.customer_id,
    o.ordered_at,
    o.status,
    coalesce(t.items, 0) as items,
    coalesce(t.order_total, 0) as order_total
from {{ ref('stg_orders') }} as o
left join {{ ref('order_totals') }} as t using (order_id)
