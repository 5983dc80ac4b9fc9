"""When this host last wrote a backup."""

from datetime import datetime

from django.conf import settings

from keyturn.core.clock import now

_FILE = "last-backup.txt"


def note() -> None:
    """A backup has just been written."""
    (settings.DATA_DIR / _FILE).write_text(now().isoformat(), "ascii")


def last() -> datetime | None:
    """When `keyturn backup` last succeeded here; None when it never did."""
    try:
        return datetime.fromisoformat((settings.DATA_DIR / _FILE).read_text("ascii").strip())
    except (OSError, ValueError):
        return None
