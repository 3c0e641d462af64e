"""Carries out, with real dbt, the commands that `assetdiff plan --for dbt` prints for `examples/dbt`.

Base is built to the schema `prod` of a DuckDB file; then the plan's commands build head to the schema `branch`, reading from `prod`
what they leave out; and all of head is built to the schema `full`. Checked is that the commands succeed, that they make the models,
seeds and snapshots of the plan and no others, and that each has the rows that it has in the full build.

    python tests/dbt/plan.py ASSETDIFF [--work-dir FOLDER]
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from record import make_venv

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "dbt"
VERSION = "1.12"

LOADED = """
create schema erp;
create table erp.products as
  select distinct product_id as sku, 'name of ' || product_id as name, 'jaffle' as type, 700 as price_cents
  from read_csv('{seeds}/raw_order_items.csv');
create table erp.payments_v2 as
  select row_number() over (order by id) as payment_id, id as order_id, 'card' as method, 1000 + 7 * id as amount_cents,
         false as is_test
  from read_csv('{seeds}/raw_orders.csv');
"""


class Project:
    """The project in one folder, which dbt writes into manifests, and its database."""

    def __init__(self, work: Path, python: Path) -> None:
        self.folder, self.database, self.python = work / "project", work / "shop.duckdb", python

    def check_out(self, side: str, schema: str) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(EXAMPLE / side, self.folder, ignore=shutil.ignore_patterns("target", "logs"))
        output = {"type": "duckdb", "path": str(self.database), "schema": schema, "threads": 1}
        profile = {"jaffle": {"target": "dev", "outputs": {"dev": output}}}
        (self.folder / "profiles.yml").write_text(json.dumps(profile))

    def dbt(self, *words: str) -> dict[str, str]:
        """Run dbt; the status of each node that it ran, by its unique id."""
        results = self.folder / "target" / "run_results.json"
        results.unlink(missing_ok=True)
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder.parent), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        done = subprocess.run(
            [self.python.with_name("dbt"), *words], cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode:
            raise RuntimeError(f"dbt {shlex.join(words)}: {done.stdout}")
        if not results.exists():
            return {}
        return {result["unique_id"]: result["status"] for result in json.loads(results.read_text())["results"]}

    def sql(self, text: str) -> list[list[object]]:
        """Run SQL in dbt's own venv: this Python need not have DuckDB."""
        run = (
            "import duckdb, json, sys\n"
            "cursor = duckdb.connect(sys.argv[1]).execute(sys.argv[2])\n"
            "print(json.dumps(cursor.fetchall() if cursor.description else [], default=str))"
        )
        done = subprocess.run([self.python, "-c", run, self.database, text], check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    def relations(self, schema: str) -> dict[str, str]:
        """The tables and views that a target has made, by name, each with its schema."""
        rows = self.sql(
            "select table_name, table_schema from information_schema.tables "
            f"where table_schema = '{schema}' or starts_with(table_schema, '{schema}_')"
        )
        return dict(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assetdiff", type=Path)
    parser.add_argument("--work-dir", type=Path, default=Path(tempfile.gettempdir()) / "assetdiff-dbt")
    arguments = parser.parse_args()
    work = arguments.work_dir
    work.mkdir(parents=True, exist_ok=True)
    project = Project(work, make_venv(VERSION, work / f"venv-{VERSION}"))
    project.database.unlink(missing_ok=True)

    project.check_out("base", "prod")
    project.sql(LOADED.format(seeds=project.folder / "seeds"))
    project.dbt("build")
    state = work / "state"
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(project.folder / "target", state)
    production = project.relations("prod")

    project.check_out("head", "branch")
    project.dbt("parse")
    manifests = [state / "manifest.json", project.folder / "target" / "manifest.json"]
    plan = [arguments.assetdiff.resolve(), "plan", *manifests, "--preset", "dbt"]
    asked = subprocess.run([*plan, "--for", "json"], stdout=subprocess.PIPE, text=True)
    planned = {".".join(asset["key"]) for layer in json.loads(asked.stdout)["layers"] for asset in layer}
    asked = subprocess.run([*plan, "--for", "dbt", "--", "--state", state], stdout=subprocess.PIPE, text=True)
    commands = [line for line in asked.stdout.splitlines() if line.startswith("dbt ")]
    ran: dict[str, str] = {}
    for command in commands:
        print(command)
        ran |= project.dbt(*shlex.split(command)[1:])
    made = project.relations("branch")

    project.check_out("head", "full")
    project.dbt("build")
    full = project.relations("full")

    is_made = {node for node in ran if node.split(".")[0] in ("model", "seed", "snapshot")}
    print(f"{len(is_made)} of {len(full)} made: {sorted(is_made)}; {len(ran) - len(is_made)} tests")
    wrong = [f"{node}: {status}" for node, status in ran.items() if status not in ("success", "pass", "no-op")]
    if is_made != {node for node in planned if node.split(".")[0] in ("model", "seed", "snapshot")}:
        wrong.append(f"expected dbt to make {sorted(planned)}, found {sorted(is_made)}")
    expected_names = {node.split(".")[2] for node in is_made}
    if set(made) != expected_names or not 0 < len(made) < len(full):
        wrong.append(f"expected the relations {sorted(expected_names)}, found {sorted(made)} of {sorted(full)}")
    for name, schema in made.items():
        ours, theirs = f'"{schema}"."{name}"', f'"{full[name]}"."{name}"'
        [[differing]] = project.sql(
            f"select count(*) from ((from {ours} except all from {theirs}) union all (from {theirs} except all from {ours}))"
        )
        [[rows]] = project.sql(f"select count(*) from {ours}")
        print(f"{name}: {rows} rows, {differing} differ from the full build")
        if differing:
            wrong.append(f"{name}: {differing} rows differ")
    if not production or wrong:
        sys.exit("\n".join(wrong) or "nothing was built for production")


if __name__ == "__main__":
    main()
