"""The command `keyturn`: one module a command, loaded only when it is asked for."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from keyturn.core.errors import Invalid, KeyturnError

# Command to what it does. `keyturn.config.cli.<name with _>` has `arguments(parser)` and `run(options)`.
COMMANDS = {
    "serve": "run everything: web server, background jobs and schedules, on an up-to-date database",
    "web": "run the web server alone",
    "worker": "run the background jobs and schedules alone",
    "migrate": "bring the database up to date",
    "create-admin": "add an admin",
    "reset-2fa": "take the second factor of an admin away who lost it",
    "create-api-key": "add an API key and print it, once",
    "demo": "load demo data and print its sign-ins",
    "doctor": "check this installation",
    "audit": "prove the audit trail, export it signed, or prove an export",
    "backup": "write the database and the secrets to one file",
    "restore": "bring a backup back",
    "import-licenses": "import licenses from a CSV or JSON file",
    "import-activations": "import which devices use which licenses from a CSV or JSON file",
    "settings-reference": "print the reference of all settings",
    "version": "print the version",
}
# These run until they are stopped, and tell what they do by their log. Others tell it themselves.
SERVICES = {"serve", "web", "worker"}
# These leave Django to their child processes, or need none.
WITHOUT_DJANGO = {"web", "version"}


def main() -> None:
    """Entry point of the console script."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run one command line and give its exit status. What is no command of ours goes to Django."""
    name = words[0] if words else ""
    if name == "migrate" or (name not in COMMANDS and name and not name.startswith("-")):
        return _django(words[1:] if name == "django" else words)
    parser, commands = _parser()
    if name in COMMANDS:
        module = _load(name)
        module.arguments(commands[name])
        options = parser.parse_args(list(words))
        try:
            status: int = module.run(options)
        except KeyturnError as error:
            return _refuse(error)
        return status
    parser.parse_args(list(words))
    parser.print_help()
    return 2


def _parser() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    parser = argparse.ArgumentParser(
        prog="keyturn",
        description="Self-hosted license keys.",
        epilog="`keyturn django COMMAND` runs a command of Django. `keyturn COMMAND --help` tells more.",
    )
    choices = parser.add_subparsers(metavar="COMMAND")
    commands = {
        name: choices.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        for name, summary in COMMANDS.items()
    }
    return parser, commands


def _load(name: str) -> ModuleType:
    if name not in WITHOUT_DJANGO:
        import django

        django.setup()
        if name not in SERVICES and "KEYTURN_LOG_LEVEL" not in os.environ:
            logging.getLogger().setLevel(logging.WARNING)
    return import_module(f"{__name__}.{name.replace('-', '_')}")


def _refuse(error: KeyturnError) -> int:
    if isinstance(error, Invalid):
        for field, messages in error.errors.items():
            for message in messages:
                print(f"{field}: {message}" if field else message, file=sys.stderr)
    else:
        print(error.message, file=sys.stderr)
    return 1


def _django(words: Sequence[str]) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["keyturn", *words])
    return 0
