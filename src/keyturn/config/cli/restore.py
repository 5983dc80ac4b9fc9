"""`keyturn restore`: bring a backup back."""

import argparse
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db import connection

from keyturn.config.cli import postgres
from keyturn.config.cli.backup import DATABASE, MANIFEST, SECRETS, UPLOADS
from keyturn.core.errors import Refused


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, and whether data may be replaced."""
    parser.add_argument("file", type=Path, help="what keyturn backup wrote")
    parser.add_argument("--replace", action="store_true", help="replace the data of this installation")


def run(options: argparse.Namespace) -> int:
    """Replace database, secrets and files by those of the backup. Stop Keyturn before."""
    if connection.introspection.table_names() and not options.replace:
        raise Refused("This installation has data. Stop Keyturn, and add --replace to replace it.")
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as name:
        folder = Path(name)
        manifest = _unpack(options.file, folder)
        if manifest["engine"] != connection.vendor:
            raise Refused(f"This backup is of {manifest['engine']}; this installation runs on {connection.vendor}.")
        _restore_database(folder / DATABASE)
        kept_elsewhere = _restore_secrets(json.loads((folder / SECRETS).read_text("ascii")))
        if (folder / UPLOADS).is_dir():
            shutil.copytree(folder / UPLOADS, settings.DATA_DIR / UPLOADS, dirs_exist_ok=True)
    print(f"Restored the backup of {manifest['made_at']}. Run `keyturn migrate` if this version is newer.")
    for line in kept_elsewhere:
        print(line)
    return 0


def _unpack(file: Path, folder: Path) -> dict[str, str]:
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, [member for member in archive if _expected(member)])  # noqa: S202
        manifest: dict[str, str] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise Refused(f"{file} is not a backup of Keyturn: {error}") from error
    return manifest


def _expected(member: tarfile.TarInfo) -> bool:
    """No links, no devices and no way out of the folder, whoever made the archive."""
    path = PurePosixPath(member.name)
    inside = path.parts[:1] == (UPLOADS,) and ".." not in path.parts
    return (member.isreg() or member.isdir()) and (member.name in (MANIFEST, SECRETS, DATABASE) or inside)


def _restore_database(dump: Path) -> None:
    if connection.vendor == "sqlite":
        connection.close()
        target = Path(settings.DATABASES["default"]["NAME"])
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        dump.chmod(0o600)
        dump.replace(target)
        return
    words = [postgres.program("pg_restore"), "--clean", "--if-exists", "--no-owner", "--single-transaction"]
    environment = postgres.environment()
    subprocess.run([*words, f"--dbname={environment['PGDATABASE']}", str(dump)], env=environment, check=True)


def _restore_secrets(secrets: dict[str, str]) -> list[str]:
    """Write them to the data folder. Gives a line for each that the environment overrides with another value."""
    lines = []
    for name, value in secrets.items():
        file = settings.DATA_DIR / f"{name.lower()}.txt"
        file.write_text(value, "ascii")
        file.chmod(0o600)
        if os.environ.get(f"KEYTURN_{name}", value) != value:
            lines.append(f"KEYTURN_{name} in the environment differs from the backup's. Remove it, or set that value.")
    return lines
