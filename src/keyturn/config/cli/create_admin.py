"""`keyturn create-admin`."""

import argparse
import getpass
import sys

from keyturn.access.actors import system
from keyturn.access.permissions import Role
from keyturn.core.errors import Invalid
from keyturn.people.admins import services


def arguments(parser: argparse.ArgumentParser) -> None:
    """Who, and which role."""
    parser.add_argument("--email", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--role", choices=Role.values, default=Role.SUPER_ADMIN.value)
    parser.add_argument(
        "--without-2fa", action="store_true", help="let a Super Admin sign in by password alone, for trials and tests"
    )
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")


def run(options: argparse.Namespace) -> int:
    """Add the admin; the password is asked for, or read from standard input."""
    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else _ask()
    required = options.role == Role.SUPER_ADMIN and not options.without_2fa
    admin = services.create(
        system("command line"),
        name=options.name,
        email=options.email,
        role=options.role,
        password=password,
        require_2fa=required,
    )
    print(f"Created {admin.get_role_display()} {admin.email}.")
    if required:
        print("The first sign-in asks to set up an authenticator app.")
    return 0


def _ask() -> str:
    if not sys.stdin.isatty():
        raise Invalid({"password": ["Give it on standard input with --password-stdin."]})
    password = getpass.getpass("Password: ")
    if getpass.getpass("Password again: ") != password:
        raise Invalid({"password": ["The two passwords differ."]})
    return password
