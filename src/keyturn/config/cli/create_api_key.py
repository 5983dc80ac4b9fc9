"""`keyturn create-api-key`."""

import argparse

from keyturn.access.actors import system
from keyturn.access.scope import Environment
from keyturn.core.errors import Invalid
from keyturn.people.apikeys import services
from keyturn.people.apikeys.catalog import ALL, ENDPOINTS


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the key may do, and how often."""
    parser.add_argument("--name", required=True)
    parser.add_argument("--environment", choices=Environment.values, default=Environment.PRODUCTION.value)
    parser.add_argument("--permissions", default="all", help="all, or names with commas between")
    parser.add_argument("--rate-limit", type=int, default=60, metavar="N", help="requests a minute; 0 means no limit")


def run(options: argparse.Namespace) -> int:
    """Print the key alone on the last line: the only time it can be seen."""
    names = [name.strip() for name in options.permissions.split(",") if name.strip()]
    unknown = set(names) - {"all"} - ENDPOINTS
    if unknown:
        choice = ", ".join(sorted(ENDPOINTS))
        raise Invalid({"permissions": [f"Unknown: {', '.join(sorted(unknown))}. Give all, or some of {choice}."]})
    key, secret = services.create(
        system("command line"),
        name=options.name,
        environment=options.environment,
        capabilities=[ALL] if names == ["all"] else names,
        rate_limit=options.rate_limit,
    )
    print(f"API key “{key.name}” for {key.environment}. It is shown only now; keep it safe:")
    print(secret)
    return 0
