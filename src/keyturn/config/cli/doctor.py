"""`keyturn doctor`: what is wrong with this installation, and the remedy."""

import argparse

from django.db import Error

from keyturn.config.cli.checkups import CHECKUPS

_MARKS = {"ok": "ok  ", "warning": "warn", "failure": "FAIL"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace) -> int:
    """Print one line a check; status 1 when one failed, warnings alone give 0."""
    failed = False
    for title, checkup in CHECKUPS.items():
        try:
            status, text = checkup()
        except Error as error:
            status, text = "failure", str(error).strip().splitlines()[0]
        print(f"{_MARKS[status]}  {title}: {text}")
        failed = failed or status == "failure"
    return 1 if failed else 0
