{{ config(
    materialized='incremental',
    unique_key='customer_id',
    tags=['core', 'hourly'],
    meta={'owner': 'growth'},
    alias='dim_customers',
    persist_docs={'relation': true, 'columns': true}
) }}

select customer_id, email, country
from {{ ref('stg_customers') }}
left join {{ ref('countries') }} on country = code
{% if is_incremental() %}
where customer_id > (select max(customer_id) from {{ this }})
{% endif %}
