select
    id as order_item_id,
    order_id,
    product_id as sku,
    quantity,
    {{ cents_to_euros('unit_price_cents') }} as unit_price
from {{ ref('raw_order_items') }}
