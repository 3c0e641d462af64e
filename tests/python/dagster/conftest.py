"""What the tests of the Dagster adapter share. They need `dagster`; without it they are left out."""

import importlib.util

# Without dagster this very folder may be found under the name: as a package without a file.
_dagster = importlib.util.find_spec("dagster")
if _dagster is None or _dagster.origin is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config):
    # Marks of Dagster on features that are in the tests because they exist.
    for category in ("BetaWarning", "PreviewWarning", "SupersessionWarning"):
        config.addinivalue_line("filterwarnings", f"ignore::dagster_shared.utils.warnings.{category}")
