"""The timezones of the world, by their IANA names."""

from functools import cache
from zoneinfo import available_timezones


@cache
def timezones() -> tuple[str, ...]:
    """The names of all timezones, sorted."""
    return tuple(sorted(available_timezones() - {"localtime", "Factory"}))


@cache
def _known() -> frozenset[str]:
    return frozenset(timezones())


def is_known(name: str) -> bool:
    """Whether there is a timezone of this name."""
    return name in _known()
