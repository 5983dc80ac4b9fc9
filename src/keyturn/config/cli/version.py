"""`keyturn version`."""

import argparse
from importlib.metadata import version


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace) -> int:
    """Print the version alone."""
    print(version("keyturn"))
    return 0
