"""Which jobs make an asset or run a check, told without building them."""

from __future__ import annotations

from typing import Any

from assetdiff.dagster import _private
from assetdiff.dagster._told import Told


def job_names(definitions: Any, graph: Any, told: Told) -> dict[Any, list[str]]:
    """Return the sorted names of the jobs of each asset and check by key, those that Dagster makes by itself aside.

    The selections of asset jobs are resolved as Dagster does when it builds them. Only a job that is neither
    in the definitions nor the target of a schedule or sensor there is built: one of a repository function.
    Tells of a job whose selection does not resolve. O(jobs and what they select).
    """
    found: dict[Any, list[str]] = {}
    if not (names := _private.job_names(definitions)):
        return found
    stated = _private.stated_jobs(definitions)
    for name in names:
        try:
            keys = _private.job_keys(stated.get(name) or _private.built_job(definitions, name), graph)
        except Exception as error:
            reason = (str(error).splitlines() or [""])[0]
            told(f"the job {name} is missing from job_names: {type(error).__name__}: {reason}")
            continue
        for key in keys:
            found.setdefault(key, []).append(name)
    return found
