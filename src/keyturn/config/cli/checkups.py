"""What `keyturn doctor` looks at on this host. Database errors are its caller's."""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.conf import settings

from keyturn.config.cli.checkups_inside import INSIDE
from keyturn.config.cli.findings import Finding, failure, ok, warning
from keyturn.config.env import env
from keyturn.core.clock import now
from keyturn.platform.monitoring import backups
from keyturn.platform.preferences.addresses import base_url, is_guessed

_GIGABYTE: Final = 1024**3
# Read by commands and by this package's tools when they run, not with the settings.
_LATER: Final = {"HOST", "PORT", "WEB_WORKERS", "WEB_THREADS", "BACKUP_PASSPHRASE"}


def configuration() -> Finding:
    """Variables that mean nothing are usually misspelt ones."""
    known = env.known | {f"KEYTURN_{name}" for name in _LATER}
    unknown = sorted(name for name in os.environ if name.startswith("KEYTURN_") and name not in known)
    if unknown:
        return warning(f"unknown: {', '.join(unknown)}.", "Compare with the list in docs/operations.md.")
    if settings.DEBUG:
        return warning("KEYTURN_DEBUG shows errors with their data to everybody.", "Remove it.")
    return ok("no unknown variable")


def data_folder() -> Finding:
    """Writable by this process, and by nobody else readable."""
    folder = settings.DATA_DIR
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return failure(f"{folder} cannot be written: {error.strerror}.", "Give it to the user that runs Keyturn.")
    if stat.S_IMODE(folder.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        return warning(f"{folder} is open to other users.", f"Run: chmod 700 {folder}")
    return ok(str(folder))


def key_file() -> Finding:
    """The keys in use are the ones that the next start reads."""
    for name, used in (("SECRET_KEY", settings.SECRET_KEY), ("ENCRYPTION_KEYS", ",".join(settings.ENCRYPTION_KEYS))):
        file = settings.DATA_DIR / f"{name.lower()}.txt"
        if os.environ.get(f"KEYTURN_{name}"):
            continue
        try:
            kept = file.read_text("ascii").strip()
        except OSError as error:
            return failure(f"{file.name}: {error.strerror}.", "Bring it back from a backup before you restart.")
        if kept.replace(" ", "") != used:
            return failure(f"{file.name} has changed since the start.", "Bring it back from a backup.")
        if stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            return warning(f"{file.name} can be read by other users.", f"Run: chmod 600 {file}")
    return ok("can be read, by its owner alone")


def disk() -> Finding:
    """Room for the data folder to grow."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    text = f"{free / _GIGABYTE:.1f} GB free"
    if free < _GIGABYTE / 4:
        return failure(f"{text}.", "Free some space now: writes will fail soon.")
    return warning(f"{text}.", "Free some space.") if free < 2 * _GIGABYTE else ok(text)


def last_backup() -> Finding:
    """`keyturn backup` ran here lately."""
    at = backups.last()
    remedy = "Run keyturn backup every night, or see that your own way of backing up has run."
    if at is None:
        return warning("keyturn backup has never run on this host.", remedy)
    age = now() - at
    text = f"the last one is of {at:%Y-%m-%d %H:%M} UTC"
    return warning(f"{text}.", remedy) if age > timedelta(days=2) else ok(text)


def address() -> Finding:
    """Links in e-mails and cookies need the real address."""
    url = base_url()
    if is_guessed():
        return warning(
            f"not set: links in e-mails start with {url}, which works on this machine alone.",
            "Set KEYTURN_PUBLIC_URL to the address that customers see, such as https://…",
        )
    if not url.startswith("https://"):
        return warning(f"{url} is not encrypted.", "Put a proxy with TLS in front, and use https:// here.")
    if not settings.PUBLIC_URL:
        return warning(
            f"{url} is known from the settings page only.",
            "Set KEYTURN_PUBLIC_URL as well: cookies are kept to TLS by it.",
        )
    if not settings.TRUSTED_PROXIES:
        return warning(
            f"{url}, but no proxy is trusted: all callers seem to come from it.",
            "Set KEYTURN_TRUSTED_PROXIES=1 behind one proxy.",
        )
    return ok(url)


CHECKUPS: Final[dict[str, Callable[[], Finding]]] = {
    "Configuration": configuration,
    "Data folder": data_folder,
    "Key file": key_file,
    "Disk": disk,
    **INSIDE,
    "Public URL": address,
    "Backup": last_backup,
}
