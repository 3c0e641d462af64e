from pathlib import Path

TEMPLATES = Path(__file__).parent.parent / "templates"
ORDERS_SQL = Path(__file__).parent.parent / "sql" / "orders.sql"


def template(name):
    return (TEMPLATES / name).read_text()
