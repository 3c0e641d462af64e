select
    p.product_type,
    p.product_name,
    sum(i.quantity) as sold,
    sum(i.quantity * i.unit_price) as revenue
from {{ ref('stg_order_items') }} as i
join {{ ref('stg_products') }} as p using (sku)
group by all
