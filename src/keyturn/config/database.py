"""The database: SQLite in the data folder, or PostgreSQL by KEYTURN_DATABASE_URL."""

from pathlib import Path
from typing import Any

import environ


def configure(url: str, folder: Path, *, pooled: bool = False) -> dict[str, Any]:
    """Django's DATABASES["default"] for `url`; an empty one means the embedded SQLite file.

    `pooled`: a pooler stands in front of PostgreSQL that gives each transaction another connection, so
    nothing may be left on one: no prepared statement and no cursor.
    """
    if not url:
        return _sqlite(str(folder / "keyturn.sqlite3"))
    parsed = environ.Env.db_url_config(url)
    if parsed["ENGINE"] == "django.db.backends.sqlite3":
        return _sqlite(parsed["NAME"])
    parsed.setdefault("OPTIONS", {})
    if pooled:
        parsed["OPTIONS"]["prepare_threshold"] = None
    else:
        # Every statement here is short; compiling one took 300 ms where running it took 3.
        parsed["OPTIONS"].setdefault("options", "-c jit=off")
    return {**parsed, "CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True, "DISABLE_SERVER_SIDE_CURSORS": pooled}


def _sqlite(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            # A transaction takes the write lock when it starts: no upgrade can fail half-way.
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; "
                "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456; "
                # What is deleted is overwritten: an erased customer leaves nothing in free pages.
                "PRAGMA secure_delete=ON;"
            ),
        },
    }
