"""`keyturn audit`: prove the audit trail, write it as a file that proves itself, and prove such a file."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from keyturn.access.actors import system
from keyturn.core.errors import Refused
from keyturn.licensing.signing import services as signing
from keyturn.licensing.signing.models import INSTALLATION
from keyturn.operations.evidence import exporting, sealing, verifying


def arguments(parser: argparse.ArgumentParser) -> None:
    """verify, seal, export FILE, verify-export FILE."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("verify", help="prove that no entry was altered, deleted, inserted or reordered")
    actions.add_parser("seal", help="seal at once what the job seals every five minutes")
    export = actions.add_parser("export", help="write entries, a manifest and its signature")
    export.add_argument("file", type=Path)
    export.add_argument("--from", dest="start", type=_day, help="first day, such as 2026-01-01 (UTC)")
    export.add_argument("--to", dest="end", type=_day, help="the day after the last one")
    check = actions.add_parser("verify-export", help="prove a file that export has written")
    check.add_argument("file", type=Path)
    check.add_argument("--public-key", type=Path, help="PEM of the key to trust; without it, this installation's")


def run(options: argparse.Namespace) -> int:
    """Do it; status 1 when something is not as it was."""
    return {"verify": _verify, "seal": _seal, "export": _export, "verify-export": _check}[options.action](options)


def _verify(options: argparse.Namespace) -> int:
    try:
        proof = verifying.verify()
    except verifying.Broken as broken:
        print(f"{broken.what.upper()}: {broken.text}", file=sys.stderr)
        return 1
    print(f"{proof.entries:,} entries in {proof.seals:,} seals are as they were recorded.")
    print(f"Head of the chain: {proof.head}")
    if proof.waiting:
        print(f"{proof.waiting:,} newer entries are not sealed yet.")
    return 0


def _seal(options: argparse.Namespace) -> int:
    print(f"{sealing.seal_all():,} entries sealed.")
    return 0


def _export(options: argparse.Namespace) -> int:
    try:
        made = exporting.write(system("command line"), options.file, options.start, options.end)
    except OSError as error:
        raise Refused(f"{options.file} cannot be written: {error.strerror}.") from error
    print(f"{made.count:,} entries in {options.file}; keep the files beside it: .manifest.json, .sig, .pem")
    return 0


def _check(options: argparse.Namespace) -> int:
    pems = [options.public_key.read_bytes()] if options.public_key else _own_keys()
    problem = "This installation has no signing key. Give one with --public-key."
    for pem in pems:
        try:
            made = exporting.verify(options.file, pem)
        except exporting.Unproven as unproven:
            problem = str(unproven)
            continue
        print(f"{made.count:,} entries are as they were exported. Last hash: {made.last or 'none'}")
        return 0
    raise Refused(problem)


def _own_keys() -> list[bytes]:
    return [pair.public_pem.encode() for pair in signing.in_use(INSTALLATION)]


def _day(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day. Give one such as 2026-01-01.") from None
