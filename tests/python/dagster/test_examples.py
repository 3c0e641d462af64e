"""The examples in the docstrings run."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["assetdiff.dagster._differ", "assetdiff.dagster._snapshot"])
def test_the_examples_of_the_modules_run(name):
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried and not failed


def test_everything_public_has_an_example():
    package = importlib.import_module("assetdiff.dagster")
    without = [name for name in package.__all__ if ">>> " not in (getattr(package, name).__doc__ or "")]
    assert without == ["snapshot_dict"]
