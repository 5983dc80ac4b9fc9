"""Template tags of the components."""

from datetime import datetime
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm, BoundField
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from keyturn.core import markdown, text
from keyturn.portals.ui import fields, palette, times, toasts

register = template.Library()


@register.simple_tag(name="time_tag")
def time_element(at: datetime | None, ago: object = "", css: str = "") -> SafeString | str:
    """A `<time>`; nothing for no moment."""
    return times.time_tag(at, ago=bool(ago), css=css) if at else ""


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The theme this browser asked for: light, dark, or system."""
    chosen = context["request"].COOKIES.get("keyturn_theme", "") if "request" in context else ""
    return chosen if chosen in ("light", "dark") else "system"


@register.filter
def branded(title: str, name: str) -> str:
    """A page's title with the vendor's name in place of the product's at its end."""
    title = title.strip()
    if name and title.endswith("Keyturn"):
        title = title.removesuffix("Keyturn") + conditional_escape(name)
    return SafeString(title)


@register.filter
def file_size(size: int) -> str:
    """`12.50 MB`."""
    return text.file_size(size)


@register.filter(name="markdown")
def markdown_html(written: str) -> SafeString:
    """Markdown as harmless HTML."""
    return markdown.to_html(written)


@register.simple_tag
def highlight(text: str, term: str) -> SafeString:
    """The text with the term marked."""
    return palette.highlight(text, term)


@register.simple_tag
def field_parts(field: BoundField) -> dict[str, Any]:
    """Label, control, help and error of a form field, for `<c-field>`."""
    return fields.parts(field)


@register.simple_tag
def error_links(form: BaseForm) -> list[dict[str, str]]:
    """What `<c-error-summary>` lists."""
    return fields.error_links(form)


@register.simple_tag
def toast_parts(message: Message) -> dict[str, str]:
    """A Django message as `<c-toast>` shows it."""
    return toasts.parts(message)
