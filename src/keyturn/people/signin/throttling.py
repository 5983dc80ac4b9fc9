"""Slowing down guesses: per account and per address, the same for known and unknown accounts.

After `signin.attempts` failures within `signin.window_minutes` an account or address must wait; each
further failure doubles the wait, up to the window. Success of the right person clears his account.
"""

import hashlib
from datetime import datetime, timedelta

from keyturn.core.clock import now
from keyturn.people.signin.models import Failure
from keyturn.platform.preferences import services as preferences

_FIRST_WAIT = timedelta(seconds=30)
# One address may serve a whole office.
_ADDRESS_FACTOR = 10


def wait(portal: str, account: str, ip: str) -> timedelta:
    """How long this account or address must still wait; zero when it may try now."""
    settings = preferences.read()
    window = timedelta(minutes=settings["signin.window_minutes"])
    allowed = settings["signin.attempts"]
    return max(
        _wait(_subject(portal, "account", account), allowed, window),
        _wait(_subject(portal, "ip", ip), allowed * _ADDRESS_FACTOR, window),
    )


def failed(portal: str, account: str, ip: str) -> None:
    """Count a refused attempt against the account and the address; forget those of past windows."""
    window = timedelta(minutes=preferences.get("signin.window_minutes"))
    Failure.objects.filter(at__lt=now() - 2 * window).delete()
    Failure.objects.bulk_create(
        [Failure(subject=_subject(portal, "account", account)), Failure(subject=_subject(portal, "ip", ip))]
    )


def succeeded(portal: str, account: str) -> None:
    """Forget the failures of an account whose owner has signed in."""
    Failure.objects.filter(subject=_subject(portal, "account", account)).delete()


def _wait(subject: str, allowed: int, window: timedelta) -> timedelta:
    times: list[datetime] = list(
        Failure.objects.filter(subject=subject, at__gt=now() - window)
        .order_by("-at")
        .values_list("at", flat=True)[:100]
    )
    if len(times) < allowed:
        return timedelta()
    pause = min(window, _FIRST_WAIT * (1 << min(len(times) - allowed, 10)))
    return max(timedelta(), times[0] + pause - now())


def _subject(portal: str, kind: str, value: str) -> str:
    return hashlib.sha256(f"{portal}\n{kind}\n{value}".encode()).hexdigest()
