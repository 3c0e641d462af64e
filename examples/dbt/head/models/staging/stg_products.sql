select
    sku,
    name as product_name,
    type as product_type,
    {{ cents_to_euros('price_cents') }} as list_price
from {{ source('erp', 'products') }}
