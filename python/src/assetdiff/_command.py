"""The `assetdiff` command, as it comes with the package."""

from __future__ import annotations

import signal
import sys

from assetdiff._core import run_command


def main() -> int:
    """Run the command with the arguments of the process; return its exit code."""
    # As in any other command, Ctrl-C ends it at once and a closed pipe is no traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command(["assetdiff", *sys.argv[1:]], sys.executable)


if __name__ == "__main__":
    sys.exit(main())
