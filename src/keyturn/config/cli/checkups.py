"""What `keyturn doctor` looks at. Each check gives a status and one sentence; database errors are its caller's."""

import shutil
import stat
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max

from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.people.admins import setup
from keyturn.platform.audit.models import AuditEvent, DataKey
from keyturn.platform.jobs.models import Worker

Finding = tuple[Literal["ok", "warning", "failure"], str]
GIGABYTE = 1024**3


def data_folder() -> Finding:
    """Writable by this process, and by nobody else readable."""
    folder = settings.DATA_DIR
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return "failure", f"{folder} cannot be written: {error.strerror}. Give it to the user that runs Keyturn."
    if stat.S_IMODE(folder.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        return "warning", f"{folder} is open to other users. Run: chmod 700 {folder}"
    return "ok", str(folder)


def disk() -> Finding:
    """Room for the data folder to grow."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    text = f"{free / GIGABYTE:.1f} GB free"
    if free < GIGABYTE / 4:
        return "failure", f"{text}. Free some space now: writes will fail soon."
    return ("warning", f"{text}. Free some space.") if free < 2 * GIGABYTE else ("ok", text)


def database() -> Finding:
    """Reachable, and recent enough."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            sound = cursor.fetchone()[0]
        name = f"SQLite at {settings.DATABASES['default']['NAME']}"
        return ("ok", name) if sound == "ok" else ("failure", f"{name} is damaged: {sound}. Restore a backup.")
    version = connection.pg_version // 10000  # type: ignore[attr-defined]
    if version < 15:
        return "failure", f"PostgreSQL {version} is too old: 15 or newer is needed."
    return "ok", f"PostgreSQL {version}"


def migrations() -> Finding:
    """Nothing left to apply."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return "failure", f"{len(plan)} to apply. Run: keyturn migrate"
    return "ok", "up to date"


def secrets() -> Finding:
    """The encryption keys at hand open what the database holds."""
    sample = DataKey.objects.order_by("-pk").first()
    try:
        if sample:
            crypto.unseal(sample.sealed_key)
    except crypto.Unreadable:
        return "failure", "KEYTURN_ENCRYPTION_KEYS does not fit this database. Restore encryption_keys.txt."
    return "ok", "the encryption keys fit the database" if sample else "nothing is encrypted yet"


def worker() -> Finding:
    """Somebody does the background jobs."""
    seen = Worker.objects.aggregate(latest=Max("seen_at"))["latest"]
    if seen is None:
        return "warning", "none has ever run. Start one: keyturn serve, or keyturn worker"
    age = int((now() - seen).total_seconds())
    if age > 60:
        return "failure", f"last seen {age // 60} minutes ago. Start one: keyturn serve, or keyturn worker"
    return "ok", f"seen {max(age, 0)} seconds ago"


def clock() -> Finding:
    """This machine, the database and the records agree on the time."""
    latest = AuditEvent.objects.aggregate(latest=Max("at"))["latest"]
    if latest and latest - now() > timedelta(minutes=1):
        return "failure", "the newest audit event lies in the future. Set the clock, and keep it with NTP."
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            off = abs((cursor.fetchone()[0] - datetime.now(UTC)).total_seconds())
        if off > 5:
            return "warning", f"the database server's clock differs by {off:.0f} seconds. Keep both with NTP."
    return "ok", f"{now():%Y-%m-%d %H:%M:%S} UTC"


def public_url() -> Finding:
    """Links in e-mails and cookies need the real address."""
    url = settings.PUBLIC_URL
    if not url:
        return "warning", "not set. Set KEYTURN_PUBLIC_URL to the address that customers see, such as https://…"
    if not url.startswith("https://"):
        return "warning", f"{url} is not encrypted. Put a proxy with TLS in front, and use https:// here."
    return "ok", url


def admins() -> Finding:
    """Somebody can sign in."""
    if setup.needed():
        return "warning", "nobody can sign in yet. Run: keyturn create-admin, or use the link keyturn serve prints"
    return "ok", "at least one exists"


CHECKUPS: dict[str, Callable[[], Finding]] = {
    "Data folder": data_folder,
    "Disk": disk,
    "Database": database,
    "Migrations": migrations,
    "Secrets": secrets,
    "Admins": admins,
    "Worker": worker,
    "Clock": clock,
    "Public URL": public_url,
}
