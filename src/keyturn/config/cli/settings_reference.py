"""`keyturn settings-reference`."""

import argparse

from keyturn.platform.preferences import manual


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace) -> int:
    """Print the reference of all settings, as docs/settings.md holds it."""
    print(manual.markdown(), end="")
    return 0
