{{ config(severity='warn', tags=['nightly'], meta={'ticket': 7}) }}

select o.order_id
from {{ ref('orders') }} as o
left join {{ ref('customers') }} as c using (customer_id)
where c.customer_id is null
