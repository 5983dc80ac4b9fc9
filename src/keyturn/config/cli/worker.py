"""`keyturn worker`: the background jobs alone."""

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """No options yet: the worker finds its work in the database."""


def run(options: argparse.Namespace) -> int:
    """Work until told to stop."""
    raise NotImplementedError
