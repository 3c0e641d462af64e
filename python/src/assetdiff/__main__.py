"""`python -m assetdiff` is the `assetdiff` command."""

import sys

from assetdiff._command import main

sys.exit(main())
