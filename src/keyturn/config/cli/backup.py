"""`keyturn backup`: database, files and keys of this installation, while everything keeps running."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from keyturn.config.env import env
from keyturn.core.errors import Invalid
from keyturn.operations.backups import keys, services


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, how the keys are kept, and how many backups stay."""
    parser.add_argument("target", type=Path, help="a folder, or the .tar.gz to write, which must not exist yet")
    parser.add_argument(
        "--passphrase-file", type=Path, help="seals the keys inside; otherwise they go into a file beside"
    )
    parser.add_argument("--keep", type=int, metavar="N", help="in a folder: remove all but the N newest backups")


def run(options: argparse.Namespace) -> int:
    """Write the backup, readable by its owner alone."""
    target: Path = options.target
    in_folder = target.is_dir()
    if options.keep is not None and (not in_folder or options.keep < 1):
        raise Invalid({"keep": ["Give a folder as the target, and 1 or more to keep."]})
    if in_folder:
        target = target / f"keyturn-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    secret = passphrase(options.passphrase_file)
    services.make(target, secret)
    size = target.stat().st_size / 1024 / 1024
    print(f"Wrote {target} ({size:.1f} MB).")
    if secret:
        print("Its keys open with the passphrase alone: keep that elsewhere.")
    else:
        print(f"Its keys are in {keys.beside(target)}: keep that file elsewhere. Who has both has everything.")
    for old in services.prune(target.parent, options.keep) if options.keep else ():
        print(f"Removed {old}.")
    return 0


def passphrase(file: Path | None) -> str:
    """From `file`, `-` being standard input, else from KEYTURN_BACKUP_PASSPHRASE; "" for none."""
    if file is None:
        given: str = env.str("BACKUP_PASSPHRASE", default="")
        return given
    text = sys.stdin.readline() if str(file) == "-" else file.read_text("utf-8")
    if not text.strip():
        raise Invalid({"passphrase-file": ["It is empty."]})
    return text.strip()
