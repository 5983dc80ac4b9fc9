"""`keyturn backup`: database and secrets in one file, while everything keeps running."""

import argparse
import json
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection

from keyturn.config.cli import postgres
from keyturn.core.clock import now
from keyturn.core.errors import Refused

MANIFEST, DATABASE, SECRETS, UPLOADS = "manifest.json", "database", "secrets.json", "files"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", type=Path, help="the .tar.gz to write; must not exist yet")


def run(options: argparse.Namespace) -> int:
    """Write the backup, readable by its owner alone: it holds the secrets."""
    target: Path = options.file
    if target.exists():
        raise Refused(f"{target} exists already. Give another name.")
    manifest = {"keyturn": version("keyturn"), "engine": connection.vendor, "made_at": now().isoformat()}
    secrets = {"SECRET_KEY": settings.SECRET_KEY, "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS)}
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as name:
        folder = Path(name)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2), "utf-8")
        (folder / SECRETS).write_text(json.dumps(secrets), "ascii")
        _dump(folder / DATABASE)
        draft = target.with_name(target.name + ".part")
        draft.touch(mode=0o600)
        with tarfile.open(draft, "w:gz", compresslevel=6) as archive:
            for part in (MANIFEST, SECRETS, DATABASE):
                archive.add(folder / part, part)
            if (settings.DATA_DIR / UPLOADS).is_dir():
                archive.add(settings.DATA_DIR / UPLOADS, UPLOADS)
        draft.rename(target)
    print(f"Wrote {target}. It holds the secrets of this installation: keep it safe.")
    return 0


def _dump(file: Path) -> None:
    if connection.vendor == "sqlite":
        source = settings.DATABASES["default"]["NAME"]
        with closing(sqlite3.connect(source, timeout=20)) as live, closing(sqlite3.connect(file)) as copy:
            live.backup(copy)
        return
    words = [postgres.program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
    subprocess.run(words, env=postgres.environment(), check=True)
