select
    id as customer_id,
    name as customer_name,
    lower(email) as email,
    cast(signed_up_at as date) as signed_up_at
from {{ ref('raw_customers') }}
