"""Declaring when kinds of jobs run by themselves, in UTC."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from keyturn.platform.jobs import kinds
from keyturn.platform.jobs.kinds import Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Moments `period` apart, the first of a day at `offset` after midnight UTC; `text` is for people."""

    period: timedelta
    offset: timedelta
    text: str

    def after(self, moment: datetime) -> datetime:
        """The first moment of the rhythm later than `moment`."""
        start = _EPOCH + self.offset
        return start + ((moment - start) // self.period + 1) * self.period


def every(*, minutes: int) -> Rhythm:
    """Every so many minutes, on the clock's round marks."""
    return Rhythm(
        timedelta(minutes=minutes), timedelta(), "every minute" if minutes == 1 else f"every {minutes} minutes"
    )


def daily(at: time) -> Rhythm:
    """Once a day at that time of UTC."""
    return Rhythm(timedelta(days=1), timedelta(hours=at.hour, minutes=at.minute), f"daily at {at:%H:%M} UTC")


_TIMETABLE: dict[str, Rhythm] = {}


def schedule(rhythm: Rhythm) -> Callable[[Kind], Kind]:
    """Declare that a kind runs by itself, without payload. Written above `@job`."""

    def declare(kind: Kind) -> Kind:
        kind.check({})
        _TIMETABLE[kind.name] = rhythm
        return kind

    return declare


def often(name: str) -> bool:
    """Whether a kind runs by itself more than once a day."""
    return name in _TIMETABLE and _TIMETABLE[name].period < timedelta(days=1)


def timetable() -> dict[str, Rhythm]:
    """Every scheduled kind's name and rhythm."""
    kinds.discover()
    return dict(_TIMETABLE)
