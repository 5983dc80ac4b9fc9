"""Slowing down guesses: per account and per address, the same for known and unknown accounts.

After `signin.attempts` failures within `signin.window_minutes` an account or address must wait; each
further failure doubles the wait, up to the window. Success of the right person clears his account.
An attempt counts from its beginning, so that many at once do not slip through together.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyturn.core.clock import now
from keyturn.people.signin.models import Failure
from keyturn.people.signin.refusals import TooMany
from keyturn.platform.preferences import services as preferences

_FIRST_WAIT = timedelta(seconds=30)
# One address may serve a whole office.
_ADDRESS_FACTOR = 10


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was let through. It counts as a failure until it is told otherwise.

    `last` says that the account must wait if this one fails too.
    """

    subject: str
    rows: tuple[int, ...]
    last: bool

    def succeeded(self) -> None:
        """Forget the failures of this account and this attempt."""
        Failure.objects.filter(subject=self.subject).delete()
        self.withdraw()

    def withdraw(self) -> None:
        """Let this attempt not count."""
        Failure.objects.filter(pk__in=self.rows).delete()


def admit(realm: str, account: str, ip: str) -> Attempt:
    """Begin an attempt. `realm` keeps portals and kinds of secrets apart. Raises TooMany."""
    subjects = _subject(realm, "account", account), _subject(realm, "ip", ip)
    allowed, window = _limits()
    # Written before counting: of several at once, each sees the others.
    rows = Failure.objects.bulk_create([Failure(subject=subject, at=now()) for subject in subjects])
    mine = tuple(row.pk for row in rows)
    before = _times(subjects[0], window, mine)
    pause = max(
        _pause(before, allowed, window),
        _pause(_times(subjects[1], window, mine), allowed * _ADDRESS_FACTOR, window),
    )
    attempt = Attempt(subjects[0], mine, last=len(before) + 1 == allowed)
    if pause:
        attempt.withdraw()
        raise TooMany(pause)
    return attempt


def wait(*accounts: tuple[str, str]) -> timedelta:
    """How long any of these (realm, account) must still wait, wherever attempts come from; zero when none must."""
    allowed, window = _limits()
    return max(
        _pause(_times(_subject(realm, "account", account), window), allowed, window) for realm, account in accounts
    )


def lift(realm: str, account: str) -> None:
    """Forget the failures of an account."""
    Failure.objects.filter(subject=_subject(realm, "account", account)).delete()


def _limits() -> tuple[int, timedelta]:
    settings = preferences.read()
    return settings["signin.attempts"], timedelta(minutes=settings["signin.window_minutes"])


def _times(subject: str, window: timedelta, without: tuple[int, ...] = ()) -> list[datetime]:
    rows = Failure.objects.filter(subject=subject, at__gt=now() - window).exclude(pk__in=without)
    return list(rows.order_by("-at").values_list("at", flat=True)[:100])


def _pause(times: list[datetime], allowed: int, window: timedelta) -> timedelta:
    if len(times) < allowed:
        return timedelta()
    pause = min(window, _FIRST_WAIT * (1 << min(len(times) - allowed, 10)))
    return max(timedelta(), times[0] + pause - now())


def _subject(realm: str, kind: str, value: str) -> str:
    return hashlib.sha256(f"{realm}\n{kind}\n{value}".encode()).hexdigest()
