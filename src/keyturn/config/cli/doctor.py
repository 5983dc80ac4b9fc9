"""`keyturn doctor`: what is wrong with this installation, and the remedy."""

import argparse
import json

from django.db import Error

from keyturn.config.cli.checkups import CHECKUPS
from keyturn.config.cli.findings import Finding

_MARKS = {"ok": "ok  ", "warning": "warn", "failure": "FAIL"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """For people, or for programs."""
    parser.add_argument("--json", action="store_true", help="print one JSON object: ok, findings")


def run(options: argparse.Namespace) -> int:
    """Print one line a check; status 1 when one failed, warnings alone give 0."""
    findings = {title: _look(title) for title in CHECKUPS}
    failed = any(found.status == "failure" for found in findings.values())
    if options.json:
        rows = [{"check": title, **found._asdict()} for title, found in findings.items()]
        print(json.dumps({"ok": not failed, "findings": rows}, ensure_ascii=False, indent=1))
    else:
        for title, found in findings.items():
            print(f"{_MARKS[found.status]}  {title}: {' '.join(filter(None, (found.text, found.remedy)))}")
    return 1 if failed else 0


def _look(title: str) -> Finding:
    try:
        return CHECKUPS[title]()
    except Error as error:
        return Finding("failure", f"{str(error).strip().splitlines()[0]}.", "See that the database runs.")
