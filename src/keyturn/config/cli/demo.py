"""`keyturn demo`: believable data to try the product with."""

import argparse
import logging

from django.conf import settings
from django.core.management import call_command

from keyturn.operations import demo


def arguments(parser: argparse.ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--customers", type=int, default=200, metavar="N")
    parser.add_argument("--licenses", type=int, default=1_000, metavar="N")


def run(options: argparse.Namespace) -> int:
    """Load the data once; print the sign-ins every time. They are kept in the data folder."""
    # The sign-ins are to be read; jobs are none of the reader's business yet.
    logging.getLogger("keyturn.jobs").setLevel(logging.WARNING)
    call_command("migrate", verbosity=0, interactive=False)
    note = settings.DATA_DIR / "demo.txt"
    lines: list[str] = []

    def out(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    if demo.load(options.customers, options.licenses, out):
        note.touch(mode=0o600)
        note.write_text("\n".join(lines) + "\n", "utf-8")
    elif note.exists():
        print(note.read_text("utf-8"), end="")
    return 0
