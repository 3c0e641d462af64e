select customer_id, customer_name, lifetime_value
from {{ ref('customers') }}
order by lifetime_value desc
limit 100
