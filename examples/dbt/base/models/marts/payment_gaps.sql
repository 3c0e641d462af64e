select
    o.order_id,
    o.order_total,
    coalesce(sum(p.amount), 0) as paid
from {{ ref('orders') }} as o
left join {{ ref('stg_payments') }} as p using (order_id)
group by o.order_id, o.order_total
having o.order_total <> coalesce(sum(p.amount), 0)
