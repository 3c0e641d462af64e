"""Edits of `project/`, each of one kind. `EDITS` maps a name to a function that edits a copy of the project."""

from collections.abc import Callable
from pathlib import Path

Edit = Callable[[Path], None]


def replace(file: str, old: str, new: str) -> Edit:
    """Replaces the one place where `file` holds `old`."""

    def apply(project: Path) -> None:
        path = project / file
        text = path.read_text()
        if text.count(old) != 1:
            raise ValueError(f"{file} holds {old!r} {text.count(old)} times, not once")
        path.write_text(text.replace(old, new))

    return apply


def after(file: str, line: str, new: str) -> Edit:
    """Adds a line below the property `line` of a resource in a yml file."""
    return replace(file, line, f"{line}\n    {new}")


def add(file: str, text: str) -> Edit:
    """Appends to `file`, which need not exist."""

    def apply(project: Path) -> None:
        with (project / file).open("a") as out:
            out.write(text)

    return apply


def delete(file: str) -> Edit:
    return lambda project: (project / file).unlink()


def move(old: str, new: str) -> Edit:
    def apply(project: Path) -> None:
        (project / new).parent.mkdir(exist_ok=True)
        (project / old).rename(project / new)

    return apply


def each(*edits: Edit) -> Edit:
    """Several steps that are one change."""

    def apply(project: Path) -> None:
        for edit in edits:
            edit(project)

    return apply


PROJECT = "dbt_project.yml"
SEEDS, COUNTRIES = "seeds/seeds.yml", "seeds/countries.csv"
SNAPSHOT, YAML_SNAPSHOT = "snapshots/orders_history.sql", "snapshots/customers_history.yml"
TEST, GENERIC = "tests/no_orphan_orders.sql", "tests/generic/at_least.sql"
SOURCES, GROUPS, EXPOSURES = "models/sources.yml", "models/groups.yml", "models/exposures.yml"
STAGING, STG_CUSTOMERS = "models/staging/staging.yml", "models/staging/stg_customers.sql"
STG_ORDERS, ORDERS = "models/staging/stg_orders.sql", "models/marts/orders.sql"
MARTS, CUSTOMERS, INVOICES = "models/marts/marts.yml", "models/marts/customers.sql", "models/marts/invoices.sql"
SEMANTIC, MONEY = "models/semantic/semantic.yml", "macros/money.sql"
FUNCTIONS = "functions/functions.yml"

EDITS: dict[str, Edit] = {
    # Model text
    "model_body": replace(ORDERS, "cast(o.total as", "cast(2 * o.total as"),
    "model_body_python": replace("models/marts/scores.py", 'dbt.ref("customers")', 'dbt.ref("orders")'),
    "model_body_ephemeral": replace("models/marts/order_flags.sql", ">=", ">"),
    "model_body_whitespace": replace(ORDERS, "as o\njoin", "as o\n\n    join"),
    "model_body_trailing_newline": add(ORDERS, "\n\n"),
    "model_body_comment": replace(STG_CUSTOMERS, "-- one row", "-- exactly one row"),
    "model_body_keyword_case": replace(INVOICES, "select", "SELECT"),
    "model_upstream_added": replace(
        STG_CUSTOMERS, "from {{ source('web', 'customers') }}", "from {{ ref('countries') }}"
    ),
    # Model configs
    "model_materialized_call": replace(CUSTOMERS, "materialized='incremental'", "materialized='table'"),
    "model_materialized_yml": after(STAGING, "description: Accounts.", "config: {materialized: table}"),
    "model_config_call_whitespace": replace(INVOICES, "config(schema='billing')", "config( schema = 'billing' )"),
    "model_config_default_written": after(STAGING, "description: Accounts.", "config: {full_refresh: null}"),
    "model_unique_key": replace(CUSTOMERS, "unique_key='customer_id'", "unique_key='email'"),
    "model_config_python": replace("models/marts/scores.py", 'materialized="table"', 'materialized="incremental"'),
    "model_meta_call": replace(CUSTOMERS, "'owner': 'growth'", "'owner': 'sales'"),
    "model_meta_yml": after(MARTS, "description: Orders with VAT.", "config: {meta: {owner: tax}}"),
    "model_tag_call": replace(CUSTOMERS, "'hourly'", "'daily'"),
    "model_tag_yml": after(MARTS, "description: Orders with VAT.", "config: {tags: [tax]}"),
    "model_alias": replace(CUSTOMERS, "dim_customers", "dim_customer"),
    "model_schema": replace(INVOICES, "billing", "tax"),
    "model_group": replace(MARTS, "group: finance", "group: growth"),
    "model_access": replace(MARTS, "access: protected", "access: public"),
    "model_docs": replace(STAGING, "show: true", "show: false"),
    "model_hook": replace(STG_ORDERS, "{{ log_load() }}", "{{ log_load() }} -- once"),
    "model_description": replace(MARTS, "Orders with VAT.", "Orders with VAT added."),
    "model_description_persisted": replace(MARTS, "Customers, with documented", "Customers with documented"),
    "model_disabled": after(MARTS, "description: A model in Python.", "config: {enabled: false}"),
    "folder_config_materialized": replace(PROJECT, "+materialized: table", "+materialized: view"),
    "folder_config_meta": replace(PROJECT, "layer: staging", "layer: bronze"),
    "folder_config_tags": replace(PROJECT, "+materialized: table", "+materialized: table\n      +tags: [mart]"),
    "folder_config_of_seeds": replace(PROJECT, "[reference]", "[reference, tax]"),
    # Model columns, contracts, versions
    "column_description": replace(STAGING, "Lower case.", "In lower case."),
    "column_description_persisted": replace(MARTS, "Lower case.", "In lower case."),
    "column_description_contracted": replace(MARTS, "Key of the order.", "Number of the order."),
    "column_meta": replace(STAGING, "masked: false", "masked: true"),
    "column_tags": replace(STAGING, "[pii]", "[pii, gdpr]"),
    "column_added_persisted": replace(
        MARTS,
        "      - name: email\n",
        "      - name: country\n        description: Two letters.\n      - name: email\n",
    ),
    "columns_reordered_persisted": each(
        replace(MARTS, "      - name: email\n        description: Lower case.\n", ""),
        replace(
            MARTS,
            "      - name: customer_id\n        description: Key of the customer.\n",
            "      - name: email\n        description: Lower case.\n"
            "      - name: customer_id\n        description: Key of the customer.\n",
        ),
    ),
    "contract_column_type": replace(MARTS, "data_type: date", "data_type: timestamp"),
    "contract_column_precision": replace(MARTS, "decimal(12, 2)", "decimal(14, 2)"),
    "contract_column_added": replace(
        MARTS,
        "      - name: ordered_at\n",
        "      - name: status\n        data_type: varchar\n      - name: ordered_at\n",
    ),
    "contract_column_removed": replace(MARTS, "      - name: ordered_at\n        data_type: date\n", ""),
    "contract_columns_reordered": each(
        replace(MARTS, "      - name: ordered_at\n        data_type: date\n", ""),
        replace(
            MARTS,
            "      - name: customer_id\n        data_type: integer\n",
            "      - name: ordered_at\n        data_type: date\n"
            "      - name: customer_id\n        data_type: integer\n",
        ),
    ),
    "contract_constraint_added": replace(MARTS, "[{type: not_null}]", "[{type: not_null}, {type: unique}]"),
    "contract_constraint_removed": replace(MARTS, "        constraints: [{type: not_null}]\n", ""),
    "contract_off": replace(
        MARTS,
        "      group: finance\n      contract: {enforced: true}",
        "      group: finance\n      contract: {enforced: false}",
    ),
    "contract_on": after(
        MARTS,
        "description: Orders with VAT.",
        "config: {contract: {enforced: true}}\n    columns: [{name: order_id, data_type: integer}]",
    ),
    "contract_to_view": replace(MARTS, "group: finance\n", "group: finance\n      materialized: view\n"),
    "contract_of_version_column_added": replace(
        MARTS, "      - {name: vat,", "      - {name: since, data_type: date}\n      - {name: vat,"
    ),
    "contract_of_version_column_type": replace(
        MARTS, "{name: vat, data_type: double}", "{name: vat, data_type: float}"
    ),
    "contracted_model_removed": each(
        delete("models/marts/rates_v1.sql"),
        replace(
            MARTS,
            "      - v: 1\n        deprecation_date: 2090-01-01\n"
            "        columns:\n          - {include: all, exclude: [name]}\n",
            "",
        ),
    ),
    "version_latest": replace(MARTS, "latest_version: 2", "latest_version: 1"),
    "version_added": each(
        add("models/marts/rates_v3.sql", "select code, name, cast(vat as double) as vat from {{ ref('countries') }}\n"),
        replace(MARTS, "      - v: 2\n", "      - v: 2\n      - v: 3\n"),
    ),
    "version_deprecation_date": replace(MARTS, "2090-01-01", "2091-01-01"),
    # Models that come and go
    "model_added": add(
        "models/marts/daily.sql", "select ordered_at, sum(total) as total from {{ ref('orders') }} group by 1\n"
    ),
    "model_removed": each(
        delete(INVOICES), replace(MARTS, "  - name: invoices\n    description: Orders with VAT.\n", "")
    ),
    "model_renamed": each(move(INVOICES, "models/marts/bills.sql"), replace(MARTS, "name: invoices", "name: bills")),
    "model_renamed_with_children": each(
        move(STG_CUSTOMERS, "models/staging/stg_accounts.sql"),
        replace(STAGING, "name: stg_customers", "name: stg_accounts"),
        replace(CUSTOMERS, "stg_customers", "stg_accounts"),
        replace(YAML_SNAPSHOT, "stg_customers", "stg_accounts"),
    ),
    "model_moved": move(INVOICES, "models/marts/tax/invoices.sql"),
    "model_moved_out_of_folder": move(INVOICES, "models/invoices.sql"),
    # Macros, variables, text in other places
    "macro_body": replace(MONEY, "' / 100.0'", "' * 0.01'"),
    "macro_body_nested": replace(MONEY, "round({{ expression }}, 2)", "round({{ expression }}, 4)"),
    "macro_body_whitespace": replace(MONEY, "    round(", "  round("),
    "macro_of_hook": replace("macros/log_load.sql", "loaded", "built"),
    "macro_unused_body": replace("macros/unused.sql", "current_date", "current_timestamp"),
    "macro_unused_added": add("macros/new.sql", "{% macro new() %}1{% endmacro %}\n"),
    "macro_unused_removed": delete("macros/unused.sql"),
    "macro_described": add("macros/macros.yml", "macros:\n  - {name: euros, description: Cents to euros.}\n"),
    "macro_moved": move("macros/log_load.sql", "macros/hooks.sql"),
    "macro_builtin_overridden": add(
        "macros/is_incremental.sql", "{% macro is_incremental() %}{{ return(false) }}{% endmacro %}\n"
    ),
    "macro_dispatch_target_added": add(
        "macros/unique.sql", "{% macro duckdb__test_unique(model, column_name) %}select 1 where false{% endmacro %}\n"
    ),
    "macro_of_schema_names_added": add(
        "macros/schemas.sql",
        "{% macro generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name or 'main' }}{% endmacro %}\n",
    ),
    "macro_of_generic_test": replace(GENERIC, "< {{ minimum }}", "<= {{ minimum }}"),
    "var_in_config": replace(PROJECT, "staging_materialized: view", "staging_materialized: table"),
    "var_in_body": replace(PROJECT, "min_total: 10", "min_total: 20"),
    "var_in_source_schema": replace(PROJECT, "raw_schema: raw", "raw_schema: raw_v2"),
    "on_run_end": replace(PROJECT, "is over", "has ended"),
    "doc_block": replace("models/docs.md", "What the customer pays", "What customers pay"),
    "group_owner": replace(GROUPS, "finance@example.com", "cfo@example.com"),
    # Seeds, snapshots, analyses, functions
    "seed_contents": replace(COUNTRIES, "0.20", "0.21"),
    "seed_trailing_newline": add(COUNTRIES, "\n"),
    "seed_column_type": replace(SEEDS, "decimal(4, 2)", "decimal(5, 2)"),
    "seed_description": replace(SEEDS, "we ship to", "that we ship to"),
    "snapshot_body": replace(SNAPSHOT, "select *", "select distinct *"),
    "snapshot_strategy": replace(
        SNAPSHOT, "strategy='timestamp', updated_at='updated_at'", "strategy='check', check_cols=['total']"
    ),
    "snapshot_yaml_relation": replace(YAML_SNAPSHOT, "ref('stg_customers')", "ref('customers')"),
    "snapshot_yaml_check_cols": replace(YAML_SNAPSHOT, "[email]", "[email, country]"),
    "snapshot_yaml_schema": replace(YAML_SNAPSHOT, "schema: history", "schema: past"),
    "analysis_body": replace("analyses/best_days.sql", "order by total desc", "order by total"),
    "function_body": replace("functions/half.sql", "/ 2", "* 0.5"),
    "function_argument": replace(FUNCTIONS, "{name: amount, data_type: decimal}", "{name: amount, data_type: double}"),
    "function_returns": replace(FUNCTIONS, "      data_type: decimal\n", "      data_type: double\n"),
    "function_description": replace(FUNCTIONS, "Half of an amount.", "Half an amount."),
    # Tests
    "test_singular_body": replace(TEST, "is null", "is not distinct from null"),
    "test_singular_severity": replace(TEST, "severity='warn'", "severity='error'"),
    "test_singular_tags": replace(TEST, "['nightly']", "['hourly']"),
    "test_singular_meta": replace(TEST, "'ticket': 7", "'ticket': 8"),
    "test_singular_added": add("tests/no_rates.sql", "select 1 from {{ ref('rates') }} where vat < 0\n"),
    "test_generic_arguments": replace(STAGING, "minimum: 0", "minimum: 1"),
    "test_generic_severity": replace(STAGING, "severity: error", "severity: warn"),
    "test_generic_where": replace(STAGING, "total is not null", "total > -1"),
    "test_generic_tags": replace(STAGING, "tags: [nightly]", "tags: [hourly]"),
    "test_generic_meta": replace(STAGING, "ticket: 3", "ticket: 4"),
    "test_generic_added": replace(SOURCES, "[unique]", "[unique, not_null]"),
    "test_generic_removed": replace(STAGING, "          - unique\n", ""),
    "unit_test_rows": replace(MARTS, "{order_id: 2, total: 50}", "{order_id: 2, total: 60}"),
    "unit_test_description": replace(
        MARTS, "    model: order_flags\n", "    model: order_flags\n    description: Ten is large.\n"
    ),
    # Sources
    "source_identifier": replace(SOURCES, "orders_v3", "orders_v4"),
    "source_schema": replace(SOURCES, "\"{{ var('raw_schema') }}\"", "landing"),
    "source_database": replace(SOURCES, "database: dev", "database: prod"),
    "source_quoting": replace(SOURCES, "identifier: true", "identifier: false"),
    "source_freshness": replace(SOURCES, "count: 12", "count: 24"),
    "source_loaded_at_field": replace(SOURCES, "loaded_at_field: loaded_at", "loaded_at_field: copied_at"),
    "source_external": replace(
        SOURCES, "identifier: orders_v3", "identifier: orders_v3\n        external: {location: orders.csv}"
    ),
    "source_loader": replace(SOURCES, "copy job", "stream"),
    "source_tags": replace(SOURCES, "[raw]", "[raw, web]"),
    "source_meta": replace(SOURCES, "owner: platform", "owner: web"),
    "source_description": replace(SOURCES, "One row per account.", "Accounts."),
    "source_column_description": replace(SOURCES, "Key of the account.", "Number of the account."),
    "source_added": add(SOURCES, "      - name: returns\n"),
    "source_disabled": replace(SOURCES, "this one yet.", "this one yet.\n        config: {enabled: false}"),
    "source_removed": replace(SOURCES, "      - name: payments\n        description: Nobody reads this one yet.\n", ""),
    # Exposures and the semantic layer
    "exposure_owner": replace(EXPOSURES, "name: Growth", "name: Sales"),
    "exposure_description": replace(EXPOSURES, "Read on Mondays.", "Read on Tuesdays."),
    "exposure_url": replace(EXPOSURES, "/board", "/the-board"),
    "exposure_depends_on": replace(EXPOSURES, ", ref('customers')", ""),
    "exposure_meta": replace(EXPOSURES, "slides: 4", "slides: 5"),
    "exposure_added": add(
        EXPOSURES,
        "  - name: alerts\n    type: application\n    owner: {name: Growth}\n    depends_on: [ref('scores')]\n",
    ),
    "metric_label": replace(SEMANTIC, "label: Revenue", "label: Total revenue"),
    "metric_filter": replace(SEMANTIC, "}} > 0", "}} > 1"),
    "metric_meta": replace(SEMANTIC, "unit: euro", "unit: eur"),
    "metric_added": replace(
        SEMANTIC,
        "metrics:\n  - name: revenue\n",
        "metrics:\n  - {name: sales, label: Sales, type: simple, type_params: {measure: revenue}}\n  - name: revenue\n",
    ),
    "semantic_model_measure": replace(SEMANTIC, "agg: sum", "agg: average"),
    "semantic_model_dimension": replace(
        SEMANTIC,
        "      - {name: customer_id, type: categorical}",
        "      - {name: customer_id, type: categorical, label: Customer}",
    ),
    "semantic_model_description": replace(SEMANTIC, "Orders, to count", "Orders to count"),
    "saved_query_group_by": replace(SEMANTIC, "'week'", "'month'"),
    "saved_query_label": replace(SEMANTIC, "label: Weekly revenue", "label: Revenue per week"),
    "saved_query_export_alias": replace(SEMANTIC, "alias: weekly_revenue", "alias: revenue_by_week"),
}
