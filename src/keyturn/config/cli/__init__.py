"""The command `keyturn`."""

import os
import sys


def main() -> None:
    """Entry point of the console script."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
