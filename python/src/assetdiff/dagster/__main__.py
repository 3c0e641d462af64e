"""`python -m assetdiff.dagster` writes the snapshot of a Dagster project."""

import sys

from assetdiff.dagster._command import main

sys.exit(main())
