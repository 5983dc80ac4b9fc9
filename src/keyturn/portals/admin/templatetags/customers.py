"""Template tags about customers."""

from django import template

from keyturn.core.text import initials

register = template.Library()


@register.filter
def initials_of(name: str) -> str:
    """Up to two capitals for an avatar."""
    return initials(name)


@register.filter
def middle_cut(text: object) -> str:
    """A UUID with its middle left out, as in `0198c301-7b1e-…-5a3e4f1b2c66`."""
    parts = str(text).split("-")
    return f"{parts[0]}-{parts[1]}-…-{parts[-1]}"
