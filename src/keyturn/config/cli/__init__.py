"""The command `keyturn`: one module a command, loaded only when it is asked for."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

# Command to what it does; `keyturn.config.cli.<name with _>` has `arguments(parser)` and `run(options)`.
COMMANDS = {
    "web": "run the web server alone",
    "worker": "run the background jobs alone",
}


def main() -> None:
    """Entry point of the console script."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run one command line and give its exit status. What is no command of ours goes to Django."""
    if words and words[0] not in COMMANDS and not words[0].startswith("-"):
        return _django(words[1:] if words[0] == "django" else words)
    options = _parser(words[0] if words else "").parse_args(list(words))
    if not options.command:
        _parser("").print_help()
        return 2
    status: int = import_module(f"{__name__}.{options.command.replace('-', '_')}").run(options)
    return status


def _parser(chosen: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keyturn",
        description="Self-hosted license keys.",
        epilog="`keyturn django COMMAND` runs a command of Django, such as migrate or shell.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name == chosen:
            import_module(f"{__name__}.{name.replace('-', '_')}").arguments(command)
    return parser


def _django(words: Sequence[str]) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["keyturn", *words])
    return 0
