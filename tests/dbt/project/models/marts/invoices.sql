{{ config(schema='billing') }}

select o.order_id, o.total * (1 + r.vat) as amount, {{ function('half') }}(o.total) as deposit
from {{ ref('orders') }} as o
cross join {{ ref('rates') }} as r
