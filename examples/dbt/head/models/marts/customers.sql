with spend as (
    select
        customer_id,
        min(ordered_at) as first_ordered_at,
        count(*) as orders,
        sum(order_total) as lifetime_value
    from {{ ref('orders') }}
    where status <> 'returned'
    group by customer_id
)

select
    c.customer_id,
    c.customer_name,
    s.first_ordered_at,
    cast(coalesce(s.orders, 0) as integer) as orders,
    cast(coalesce(s.lifetime_value, 0) as decimal(14, 2)) as lifetime_value
from {{ ref('stg_customers') }} as c
left join spend as s using (customer_id)
