-- one row per account
select
    id as customer_id,
    lower(email) as email,
    country
from {{ source('web', 'customers') }}
