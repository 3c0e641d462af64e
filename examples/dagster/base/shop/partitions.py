"""How the shop's assets are split."""

import dagster as dg

DAILY = dg.DailyPartitionsDefinition("2025-01-01")
REGIONS = dg.StaticPartitionsDefinition(["eu", "us"])
BY_DAY_AND_REGION = dg.MultiPartitionsDefinition({"day": DAILY, "region": REGIONS})
