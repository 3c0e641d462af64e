select code, cast(vat as double) as vat from {{ ref('countries') }}
