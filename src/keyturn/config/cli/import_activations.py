"""`keyturn import-activations`."""

import argparse
import sys
from pathlib import Path

from keyturn.access.actors import system
from keyturn.access.scope import Environment
from keyturn.core.errors import Invalid
from keyturn.operations.imports import devices


def arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and whose licenses it speaks of."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="CSV or JSON with license_key, identifier, activated_at"
    )
    parser.add_argument("--environment", choices=Environment.values, default=Environment.PRODUCTION.value)


def run(options: argparse.Namespace) -> int:
    """Add the devices; status 1 when rows were left out. Cut off, the same command goes on."""
    try:
        with options.file.open("rb") as file:
            outcome = devices.carry_out(system("command line", options.environment), file)
    except OSError as error:
        raise Invalid({"file": [f"{options.file} cannot be read: {error.strerror}."]}) from error
    for line, reason in outcome.faults:
        print(f"line {line}: {reason}", file=sys.stderr)
    print(
        f"{outcome.made:,} of {outcome.rows:,} activations imported; {outcome.known:,} known already, "
        f"{outcome.ended:,} no longer in use, {len(outcome.faults):,} faulty."
    )
    return 1 if outcome.faults else 0
