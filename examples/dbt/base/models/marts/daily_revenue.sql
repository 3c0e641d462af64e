select
    ordered_at as day,
    count(*) as orders,
    sum(order_total) as revenue
from {{ ref('orders') }}
where status <> 'returned'
group by ordered_at
