select code, name, cast(vat as double) as vat from {{ ref('countries') }}
