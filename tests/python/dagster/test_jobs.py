"""Live definitions name the jobs of an asset or check as a repository that Dagster has built does, without building one."""

import random
from unittest import mock

import assetdiff
import dagster as dg
import pytest
from assetdiff.dagster import snapshot
from graphs import assets_of, repository_snap


@dg.asset(group_name="lake", check_specs=[dg.AssetCheckSpec("inline", asset="raw")])
def raw(): ...


@dg.asset(deps=[raw], group_name="mart")
def orders(): ...


@dg.multi_asset(specs=[dg.AssetSpec("left", deps=[orders]), dg.AssetSpec("right")], can_subset=True, group_name="mart")
def pair(): ...


@dg.asset_check(asset="orders")
def apart():
    return dg.AssetCheckResult(passed=True)


SPECS = [dg.AssetCheckSpec("one", asset="raw"), dg.AssetCheckSpec("two", asset="orders")]


@dg.multi_asset_check(specs=SPECS, can_subset=True)
def together(): ...


@dg.observable_source_asset
def watched(): ...


@dg.op
def step(): ...


@dg.job
def of_ops():
    step()


ASSETS = [raw, orders, pair, watched, dg.AssetSpec("external")]
CHECKS = [apart, together]


def names(source):
    """Returns the jobs of each asset and check, and what has to be run together with each."""
    assets, _ = assets_of(source)
    found = {}
    for name, asset in assets.items():
        execution = asset.get("execution", {})
        found[name] = (execution.get("job_names"), execution.get("execution_set_id"))
        for check in asset.get("checks", ()):
            found[name, check["name"]] = (check.get("dagster.job_names"), check.get("dagster.execution_set_id"))
    return found


def definitions(**more):
    return dg.Definitions(assets=ASSETS, asset_checks=CHECKS, **more)


SELECTIONS = [
    None,
    ["raw"],
    "key:raw+",
    "*",
    [dg.AssetKey("left")],
    dg.AssetSelection.groups("mart"),
    dg.AssetSelection.groups("mart").upstream(),
    dg.AssetSelection.assets("orders").without_checks(),
    dg.AssetSelection.checks(apart),
    dg.AssetSelection.checks_for_assets("orders"),
    dg.AssetSelection.all() - dg.AssetSelection.groups("lake") - dg.AssetSelection.all_asset_checks(),
    dg.AssetSelection.assets("watched"),
    dg.AssetSelection.groups("nothing"),
]


def job(number):
    selection = SELECTIONS[number]
    return dg.define_asset_job(f"job_{number:02}", **({} if selection is None else {"selection": selection}))


@pytest.mark.parametrize("number", range(len(SELECTIONS)))
def test_each_selection_names_what_a_repository_that_is_built_does(number):
    project = definitions(jobs=[job(number)])
    expected = names(repository_snap(project))
    assert names(definitions(jobs=[job(number)])) == expected
    stated = [jobs for jobs, _ in expected.values() if jobs]
    assert bool(stated) == (number != 12) and all(jobs == [f"job_{number:02}"] for jobs in stated)


@pytest.mark.parametrize("seed", range(12))
def test_projects_name_what_their_built_repositories_do(seed):
    chosen = random.Random(seed)
    jobs = [job(number) for number in chosen.sample(range(len(SELECTIONS)), 6)]
    stated, scheduled, sensed = jobs[:2], jobs[2:4], jobs[4:]
    # A job may be stated, or only be the target of a schedule or of a sensor.
    more = {
        "jobs": [*stated, of_ops],
        "schedules": [dg.ScheduleDefinition(name=f"s{job.name}", job=job, cron_schedule="@daily") for job in scheduled]
        + [dg.ScheduleDefinition(name="loose", target=dg.AssetSelection.groups("mart"), cron_schedule="@daily")],
        "sensors": [dg.SensorDefinition(name="sensor", jobs=sensed, evaluation_fn=lambda _: None)],
    }
    project = definitions(**more)
    assert names(project) == names(repository_snap(project))
    assert names(project.get_repository_def()) == names(repository_snap(project))


def test_a_partitioned_schedule_names_its_job():
    partitioned = dg.asset(name="daily", partitions_def=dg.DailyPartitionsDefinition("2024-01-01"))(lambda: None)
    job = dg.define_asset_job("nightly", selection=[partitioned])
    project = dg.Definitions(assets=[partitioned], schedules=[dg.build_schedule_from_partitioned_job(job)])
    assert names(project)["daily"][0] == ["nightly"]
    assert names(project) == names(repository_snap(project))


def test_no_job_is_built():
    resolve = "dagster._core.definitions.unresolved_asset_job_definition.build_asset_job"
    with mock.patch(resolve, side_effect=AssertionError("a job was built")):
        assert names(definitions(jobs=[job(1)]))["raw"][0] == ["job_01"]


def test_another_job_is_a_change_that_makes_nothing_anew():
    sides = [snapshot(definitions(jobs=[dg.define_asset_job(name, selection=["left"])])) for name in ("old", "new")]
    changes = assetdiff.diff(*sides)
    assert {str(change.key) for change in changes} == {"left"}
    assert changes.to_dict()["modified"][0]["effects"] == {"own": "none", "downstream": "none"}


def test_a_job_whose_selection_does_not_resolve_is_told():
    project = definitions(jobs=[dg.define_asset_job("broken", selection=["nowhere"]), job(1)])
    assets, warnings = assets_of(project)
    assert assets["raw"]["execution"]["job_names"] == ["job_01"]
    (warning,) = warnings
    assert warning.startswith("the job broken is missing from job_names: DagsterInvalidSubsetError: ")
