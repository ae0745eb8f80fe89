"""``python -m kequn.engage``: Django's own commands with Kequn's settings (check, migrate, makemigrations)."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run one command of Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kequn.engage.settings")
    execute_from_command_line(["python -m kequn.engage", *sys.argv[1:]])


if __name__ == "__main__":
    main()
