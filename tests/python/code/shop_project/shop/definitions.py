from shop.assets import numbers, people

ASSETS = {
    "counted": numbers.counted,
    "customers": people.customers,
    "fetched": people.fetched,
    "matched": numbers.matched,
    "orders": numbers.orders,
    "parity": people.parity,
    "parsed": numbers.parsed,
    "placed": numbers.placed,
    "report": numbers.report,
    "ruled": people.ruled,
    "shouted": people.shouted,
    "streamed": numbers.streamed,
    "taxed": people.taxed,
    "titled": people.titled,
    "tripled": people.tripled,
}
