"""Records what real dbt selects with `dbt ls --select` in some of the edited projects.

Usage: record_selections.py [PYTHON [OUT]], with PYTHON of a venv with the packages of `requirements-1.11.txt`, by
default the one that `record.py` made, and OUT by default `recorded/1.11/selections.json`. It writes
`{edit: {selector: [unique ids, sorted]}}`, or `{"error": text}` where dbt refuses the selector. Selected is with
`--resource-type all --indirect-selection empty`; the manifests are those of `recorded/1.11/manifests.jsonl.zst`. All
selectors are asked of the base, those with `state:` of the edits too.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from edits import EDITS

HERE = Path(__file__).resolve().parent

SELECTORS = """
orders +orders orders+ +orders+ 1+orders orders+1 2+orders+1 @orders @stg_customers 0+orders orders+0 ++orders
shop.marts shop.marts.orders marts marts.orders staging.* shop.* shop.marts.* *orders stg_* * *.orders shop.*.orders
rates rates.v1 rates_v1 rates.v2+ rates_v? r[a-z]tes rates.v[!1] nothing
fqn:orders fqn:shop.marts+ tag:raw tag:r* tag:reference tag:board+ +tag:board tag:none
group:finance group:fin* access:protected access:public
source:web source:web.orders+ source:shop.web.orders source:*.orders source:web.* source:nothing
path:models/marts path:models/marts/ models/staging models/marts/*.sql path:models/*/orders.sql path:models/**/*.sql
path:seeds models/marts/marts.yml path:models/*.yml path:snapshots path:nothing orders.sql file:orders.sql file:orders
file:*.py countries.csv file:st*
package:shop package:this package:dbt package:sho*
config.materialized:table config.materialized:view+ config.meta.layer:staging config.meta.owner:platform config.tags:raw
config.enabled:true config.unique_key:order_id config.group:finance config.contract.enforced:true config.language:python
config.persist_docs.columns:true config.strategy:timestamp config.access:protected config.on_schema_change:ignore
resource_type:model resource_type:source resource_type:seed resource_type:exposure resource_type:metric
resource_type:semantic_model resource_type:saved_query resource_type:snapshot resource_type:analysis resource_type:function
resource_type:operation +resource_type:exposure
exposure:board_report +exposure:board_report exposure:shop.* +exposure:* metric:* +metric:shop.* semantic_model:*
saved_query:*+ version:latest version:old version:prerelease version:none
orders,tag:raw +orders,resource_type:source marts,config.materialized:table stg_*+,exposure:* source:web+,marts+,tag:board
state:modified state:modified+ +state:modified 1+state:modified @state:modified state:modified.body+ state:modified.configs
state:new state:new+ state:old,resource_type:model state:unmodified,marts state:modified,resource_type:model
state:modified.macros+1 state:modified.relation state:modified.contract state:modified.persisted_descriptions
foo:bar @orders+ a.b.c.d source:a.b.c.d exposure:a.b.c version:newest resource_type:nothing path:/models
""".split()
UNIONS = ["orders customers", "tag:raw  exposure:*", "+orders,tag:raw stg_customers+1", "state:new state:modified.body+"]
EDIT_NAMES = [
    "base", "model_body", "source_schema", "macro_body_nested", "model_added", "model_renamed", "contract_column_type",
    "version_added", "seed_contents",
]  # fmt: skip

OBSERVE = """
import json, sys
from observe import parse, select
state, out, selectors = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
manifest = parse()
open(out, "w").write(json.dumps({s: select(manifest, s, "empty", state) for s in selectors}))
"""


def observe(python: Path, work: Path, edit: str, selectors: list[str]) -> dict:
    project, out, state = work / "project", work / "answers.json", work / "state"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(HERE / "project", project, ignore=shutil.ignore_patterns("target", "logs"))
    if edit != "base":
        EDITS[edit](project)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(work),
        "PYTHONPATH": str(HERE),
        "PYTHONHASHSEED": "0",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    run = lambda *code: subprocess.run([python, "-c", *code], cwd=project, env=env, check=True, stdout=subprocess.DEVNULL)
    if edit == "base":
        run("from observe import parse; parse()")
        state.mkdir(exist_ok=True)
        shutil.copy(project / "target" / "manifest.json", state)
    run(OBSERVE, str(state), str(out), json.dumps(selectors))
    return json.loads(out.read_text())


def main() -> None:
    made = Path(tempfile.gettempdir()) / "assetdiff-dbt" / "1.11" / "venv" / "bin" / "python"
    python = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else made
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "recorded" / "1.11" / "selections.json"
    with tempfile.TemporaryDirectory() as folder:
        everything = SELECTORS + UNIONS
        of_state = [selector for selector in everything if "state:" in selector]
        answers = {
            edit: observe(python, Path(folder), edit, everything if edit == "base" else of_state) for edit in EDIT_NAMES
        }
    out.write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    main()
