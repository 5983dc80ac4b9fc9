"""Whether this process can serve requests: each check is quick, and fails by raising."""

import logging
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from keyturn.core import db

log = logging.getLogger(__name__)
_SECONDS: Final = 2
_KEPT: Final = 1.0
_lock = threading.Lock()
_latest: tuple[float, list[str]] = (0.0, [])


class NotReady(Exception):
    """A check failed in a way that is no error of the system."""


def failures() -> list[str]:
    """Names of the checks that fail, in their order; asked again at most once a second."""
    global _latest
    with _lock:
        if time.monotonic() - _latest[0] > _KEPT:
            _latest = (time.monotonic(), _check())
        return _latest[1]


def must_migrate(failed: Sequence[str]) -> bool:
    """Whether `keyturn migrate` would mend what `failures` gave: the database answers, or is yet to be made."""
    return "migrations" in failed and ("database" not in failed or _is_absent())


def _is_absent() -> bool:
    database = settings.DATABASES["default"]
    return not database["ENGINE"].endswith("postgresql") and not Path(str(database["NAME"])).exists()


def _check() -> list[str]:
    failed = []
    for name, check in CHECKS.items():
        try:
            check()
        except (OSError, psycopg.Error, sqlite3.Error, NotReady) as error:
            # The first line may name host and user; it goes to the log, never to the caller.
            log.warning("not ready: %s: %s", name, str(error).strip().splitlines()[0] if str(error) else "failed")
            failed.append(name)
            if name == "database":
                failed.append("migrations")
                break
    return failed


def database() -> None:
    """It answers a new connection, which no pool or cache of ours can pretend."""
    _applied()


def migrations() -> None:
    """All that this version knows have been applied."""
    if missing := _known() - _applied():
        raise NotReady(f"{len(missing)} to apply; run keyturn migrate")


def secrets() -> None:
    """The files with the keys can be read, unless the environment gives them."""
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS"):
        if not os.environ.get(f"KEYTURN_{name}"):
            (settings.DATA_DIR / f"{name.lower()}.txt").read_bytes()


def storage() -> None:
    """The data folder takes files."""
    with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
        file.write(b"ready")


CHECKS: Final[Mapping[str, Callable[[], None]]] = {
    "secrets": secrets,
    "storage": storage,
    "database": database,
    "migrations": migrations,
}


@lru_cache(maxsize=1)
def _known() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def _applied() -> set[tuple[str, str]]:
    statement = "SELECT app, name FROM django_migrations"
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        with psycopg.connect(db.postgres_target(), connect_timeout=_SECONDS) as connection:
            # Within the transaction: behind a pooler it would otherwise stay with somebody else's connection.
            connection.execute(f"SET LOCAL statement_timeout = {_SECONDS * 1000}")
            if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
                return set()
            return set(connection.execute(statement).fetchall())
    name = str(settings.DATABASES["default"]["NAME"])
    # Looking must not make the file that is missing.
    address = name if name.startswith("file:") else f"file:{quote(name)}?mode=rw"
    with closing(sqlite3.connect(address, timeout=_SECONDS, uri=True)) as file:
        if not file.execute("SELECT 1 FROM sqlite_schema WHERE name = 'django_migrations'").fetchone():
            return set()
        return set(file.execute(statement).fetchall())
