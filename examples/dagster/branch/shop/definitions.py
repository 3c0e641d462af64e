"""The definitions that Dagster loads."""

import dagster as dg

from shop import assets

defs = dg.Definitions(
    assets=[assets.raw_orders, *dg.load_assets_from_modules([assets])],
    asset_checks=dg.load_asset_checks_from_modules([assets]),
)
