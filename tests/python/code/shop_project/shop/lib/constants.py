import os

VAT = 0.19
ALIASES = {"cust": "customer", "addr": "address"}
LIMIT = 1_000
UNUSED = 1
COLUMNS = ["id"]
COLUMNS.append("name")
BUCKET = os.environ.get("BUCKET", "dev")
FIRST, SECOND = 1, 2
