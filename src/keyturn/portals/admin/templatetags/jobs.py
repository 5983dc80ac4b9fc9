"""Words about jobs."""

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def duration(span: timedelta) -> str:
    """`30 ms`, `1.2 s`, `42 s`, `3 min 5 s`, `2 h 10 min`."""
    seconds = max(0.0, span.total_seconds())
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"
