"""`keyturn restore`: bring a backup back."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from keyturn.config.cli.backup import passphrase
from keyturn.core.errors import Refused
from keyturn.operations.backups import services


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, with which keys, and whether data may be replaced."""
    parser.add_argument("file", type=Path, help="what keyturn backup wrote")
    parser.add_argument("--replace", action="store_true", help="replace the data of this installation")
    parser.add_argument("--passphrase-file", type=Path, help="opens the keys inside")
    parser.add_argument("--keys", type=Path, help="the file with the keys, when it is not beside the backup")


def run(options: argparse.Namespace) -> int:
    """Replace database, keys and files by those of the backup, then migrate. Stop Keyturn before."""
    secret = passphrase(options.passphrase_file)
    manifest = services.restore(options.file, replace=options.replace, passphrase=secret, key_file=options.keys)
    # In a process of its own, which reads the keys that have just been restored.
    done = subprocess.run([sys.executable, "-m", "keyturn", "migrate", "--verbosity", "0"], check=False)
    if done.returncode:
        raise Refused("The data are restored, but could not be brought up to this version. See above.")
    print(f"Restored the backup of {manifest['made_at']}, made by Keyturn {manifest['keyturn']}.")
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS"):
        if os.environ.get(f"KEYTURN_{name}"):
            print(f"KEYTURN_{name} is set in the environment: see that it is the backup's. keyturn doctor tells.")
    return 0
