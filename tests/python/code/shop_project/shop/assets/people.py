from __future__ import annotations

import functools

from shop import lib
from shop.lib import text as t
from shop.lib import wrappers
from shop.lib.constants import COLUMNS, VAT


def customers(rows):
    """All customers."""
    total = 0
    for row in rows:
        total += 1
    return lib.clean_names(rows, lower=True), total, COLUMNS


def shouted(rows, mark="."):
    shouter = t.Shouter()
    return [shouter.shout(row) for row in rows if row != mark]


def with_tax(price, rate, *, round_to=2):
    return round(price * (1 + rate), round_to)


taxed = functools.partial(with_tax, rate=VAT)
tripled = wrappers.scaled(3)


@wrappers.retried(times=3)
def fetched(rows):
    return sorted(rows, key=lambda row: (row["id"], -row["age"]))


def titled(rows) -> list:
    return {t.title(name=row, limit=5): len(row) for row in rows}


def parity(n: int) -> bool:
    return t.even(n)


def ruled(row):
    for rule in wrappers.REGISTRY.values():
        row = rule(row)
    return row
