select ordered_at, sum(total) as total
from {{ ref('orders') }}
group by ordered_at
order by total desc
