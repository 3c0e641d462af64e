select
    o.order_id,
    o.customer_id,
    sum(p.amount) as refunded
from {{ ref('orders') }} as o
join {{ ref('stg_payments') }} as p using (order_id)
where o.status = 'returned'
group by o.order_id, o.customer_id
