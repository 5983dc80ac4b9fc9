"""Template tags about customers."""

from django import template

from keyturn.core.text import initials

register = template.Library()


@register.filter
def initials_of(name: str) -> str:
    """Up to two capitals for an avatar."""
    return initials(name)
