"""Moments as people read them, in the zone of the viewer."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from keyturn.core import clock

# What lies ahead by less is the work of two clocks.
_NOTICED = timedelta(seconds=5)
_STEPS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def short_date(at: datetime) -> str:
    """`Jan 26, 2026`."""
    local = timezone.localtime(at)
    return f"{local:%b} {local.day}, {local.year}"


def exact_moment(at: datetime) -> str:
    """`Jan 26, 2026, 15:36:55 UTC`."""
    return f"{short_date(at)}, {timezone.localtime(at):%H:%M:%S %Z}"


def relative(at: datetime) -> str:
    """`5 minutes ago`, `in 21 days`; under a minute `just now` or `in less than a minute`."""
    distance = at - clock.now()
    for unit, step in _STEPS:
        count = round(abs(distance) / step) if abs(distance) >= step else 0
        if count:
            words = f"{count} {unit}" if count == 1 else f"{count} {unit}s"
            return f"in {words}" if distance > timedelta(0) else f"{words} ago"
    return "in less than a minute" if distance > _NOTICED else "just now"


def time_tag(at: datetime, *, ago: bool = False, css: str = "") -> SafeString:
    """A `<time>` with the exact moment as tooltip; the text is a date, or relative with `ago`."""
    text = relative(at) if ago else short_date(at)
    iso = at.isoformat(timespec="seconds")
    # In the browser a relative text keeps ticking.
    ticks = mark_safe(" data-ago") if ago else ""
    return format_html('<time datetime="{}" title="{}" class="{}"{}>{}</time>', iso, exact_moment(at), css, ticks, text)
