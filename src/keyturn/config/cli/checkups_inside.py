"""What `keyturn doctor` asks the database, the workers, the storage and the mail settings."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max, Min

from keyturn.config.cli.findings import Finding, failure, ok, warning
from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.people.admins import setup
from keyturn.platform.audit.models import AuditEvent, DataKey
from keyturn.platform.jobs.models import Job, Worker
from keyturn.platform.mail import transports
from keyturn.platform.preferences import services as preferences
from keyturn.platform.storage import services as storage


def database() -> Finding:
    """Reachable, and recent enough."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            sound = cursor.fetchone()[0]
        name = f"SQLite at {settings.DATABASES['default']['NAME']}"
        return ok(name) if sound == "ok" else failure(f"{name} is damaged: {sound}.", "Restore a backup.")
    version = connection.pg_version // 10000  # type: ignore[attr-defined]
    if version < 15:
        return failure(f"PostgreSQL {version} is too old.", "Move to 15 or newer.")
    return ok(f"PostgreSQL {version}")


def migrations() -> Finding:
    """Nothing left to apply."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return failure(f"{len(plan)} to apply.", "Run: keyturn migrate") if plan else ok("up to date")


def secrets() -> Finding:
    """The encryption keys at hand open what the database holds."""
    sample = DataKey.objects.order_by("-pk").first()
    try:
        if sample:
            crypto.unseal(sample.sealed_key)
    except crypto.Unreadable:
        return failure("KEYTURN_ENCRYPTION_KEYS does not fit this database.", "Restore encryption_keys.txt.")
    return ok("the encryption keys fit the database" if sample else "nothing is encrypted yet")


def admins() -> Finding:
    """Somebody can sign in."""
    if setup.needed():
        return warning("nobody can sign in yet.", "Run: keyturn create-admin, or use the link keyturn serve prints")
    return ok("at least one exists")


def workers() -> Finding:
    """Somebody does the background jobs, and keeps up with them."""
    moment, remedy = now(), "Start one: keyturn serve, or keyturn worker"
    seen = Worker.objects.aggregate(latest=Max("seen_at"))["latest"]
    if seen is None:
        return warning("none has ever run.", remedy)
    alive = Worker.objects.filter(seen_at__gte=moment - timedelta(seconds=60)).count()
    if not alive:
        return failure(f"last seen {int((moment - seen).total_seconds()) // 60} minutes ago.", remedy)
    oldest = Job.objects.waiting().filter(run_at__lte=moment).aggregate(at=Min("run_at"))["at"]
    if oldest and moment - oldest > timedelta(minutes=10):
        minutes = int((moment - oldest).total_seconds()) // 60
        return warning(f"{alive} at work, but a job has waited for {minutes} minutes.", "Start another keyturn worker.")
    return ok(f"{alive} at work")


def clock() -> Finding:
    """This machine, the database and the records agree on the time."""
    latest = AuditEvent.objects.aggregate(latest=Max("at"))["latest"]
    if latest and latest - now() > timedelta(minutes=1):
        return failure("the newest audit event lies in the future.", "Set the clock, and keep it with NTP.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            off = abs((cursor.fetchone()[0] - datetime.now(UTC)).total_seconds())
        if off > 5:
            return warning(f"the database server's clock differs by {off:.0f} seconds.", "Keep both with NTP.")
    return ok(f"{now():%Y-%m-%d %H:%M:%S} UTC")


def files() -> Finding:
    """The storage of releases takes a file and gives it back."""
    kind = storage.kind()
    if problem := storage.trial(storage.place(kind)):
        return failure(f"{problem}.", "See Settings, Storage, and its Test Connection.")
    return ok("a bucket" if kind == storage.S3 else "the data folder")


def mail() -> Finding:
    """Mails leave the house."""
    values = preferences.values()
    if not transports.ready(values):
        return warning("not set up: mails stay in the Outbox.", "Fill in Settings, Email.")
    return ok(f"by {values['mail.driver']}, from {values['mail.sender_email']}")


INSIDE: Final[dict[str, Callable[[], Finding]]] = {
    "Database": database,
    "Migrations": migrations,
    "Secrets": secrets,
    "Admins": admins,
    "Worker": workers,
    "Clock": clock,
    "Storage": files,
    "Mail": mail,
}
