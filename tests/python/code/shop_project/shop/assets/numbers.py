import fakelib

from shop.lib import constants, counting
from shop.lib.files import ORDERS_SQL, template


def orders(connection):
    return connection.execute(ORDERS_SQL.read_text())


def report(rows):
    return template("report.j2").format(rows=rows)


def parsed(text):
    if (size := len(text)) > constants.LIMIT:
        raise ValueError(f"too long: {size:>10}")
    return fakelib.parse(text)


def counted(rows):
    return [(counting.count_up(), row) for row in rows]


def matched(event):
    match event:
        case {"kind": "order", **rest} if rest:
            return 1 + 2 * 3
        case [first, *others]:
            return (first, others)
        case _:
            return None


async def streamed(source):
    async with source as items:
        return [item async for item in items if await item.ready()]


def placed(rows):
    return constants.BUCKET, constants.FIRST
