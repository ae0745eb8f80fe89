"""The command line: one file a noun; ``main`` is what the script ``kequn`` calls."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command of ``sys.argv`` and exit with its code: 0 done, 1 the user's fault, 2 ours."""
    from kequn.cli.app import run

    sys.exit(run(sys.argv[1:]))
