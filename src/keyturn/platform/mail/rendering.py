"""From a template and values to subject, HTML and plain text. Values are never code, markup or headers."""

import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

import nh3
from django.template.loader import render_to_string
from markdown_it import MarkdownIt

from keyturn.core.text import clean_line
from keyturn.platform.mail import placeholders

MARKDOWN, HTML = "markdown", "html"
SUBJECT_LENGTH = 255
_SCHEMES = {"http", "https", "mailto"}
_LONE_LINK = re.compile(r"<p>(<a )([^>]*>[^<]*</a>)</p>")
_BUTTON = (
    "display:inline-block;padding:10px 18px;border-radius:8px;background:#2563eb;color:#ffffff;"
    "text-decoration:none;font-weight:600"
)
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
_EMPHASIS = re.compile(r"(\*\*|`)(\S(?:.*?\S)?)\1")
_SALT = secrets.token_hex(8)
_MARK = re.compile(f"KT{_SALT}X([0-9a-f]+)X")
_HEADING = re.compile(r"^#{1,6} +", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A template's text. `text` empty: the plain part is made from `body`."""

    subject: str
    body: str
    format: str = MARKDOWN
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it is read."""

    subject: str
    html: str
    text: str


def render(source: Source, values: Mapping[str, object], brand: Mapping[str, object]) -> Mail:
    """Fill `source`; `brand` is what the layout around a Markdown body shows."""
    plain = {name: readable(value) for name, value in values.items()}
    subject = clean_line(placeholders.fill_from(source.subject, plain))[:SUBJECT_LENGTH]
    body = _markdown(source.body, plain) if source.format == MARKDOWN else _html(source.body, plain)
    if source.format == MARKDOWN:
        body = _LONE_LINK.sub(rf'<p>\1style="{_BUTTON}" \2</p>', body)
        page = str(render_to_string("mail/layout.html", {"subject": subject, "body": body, **brand}))
    else:
        page = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"></head><body>{body}</body></html>'
    return Mail(subject, page, placeholders.fill_from(source.text.strip() or as_text(source), plain).strip() + "\n")


def readable(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%b} {value.astimezone(UTC).day}, {value.astimezone(UTC):%Y %H:%M} UTC"
    if isinstance(value, date):
        return f"{value:%b} {value.day}, {value:%Y}"
    return str(value)


def as_text(source: Source) -> str:
    """A plain-text template made from the body: links as `words: address`."""
    if source.format == HTML:
        broken = re.sub(r"(?i)<br\s*/?>|</(?:p|div|h\d|li|tr)>", "\n", source.body)
        linked = re.sub(r"""(?is)<a\s[^>]*href=["']([^"']*)["'][^>]*>(.*?)</a>""", r"\2: \1", broken)
        return html.unescape(nh3.clean(linked, tags=set()))
    return _EMPHASIS.sub(r"\2", _HEADING.sub("", _LINK.sub(r"\1:\n\2", source.body)))


def clean_html(markup: str) -> str:
    """`markup` without scripts, frames, forms and event handlers."""
    attributes = {tag: {*names, "style", "align", "width", "height"} for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = {"style", "class", "align", "width", "height", "bgcolor"}
    tags = nh3.ALLOWED_TAGS | {"center", "font", "u"}
    return nh3.clean(markup, tags=tags, attributes=attributes, url_schemes=_SCHEMES, link_rel=None)


def _markdown(body: str, values: Mapping[str, str]) -> str:
    filled = _MARK.sub(lambda mark: _escaped(values.get(bytes.fromhex(mark[1]).decode(), "")), _markup(body))
    return nh3.clean(filled, url_schemes=_SCHEMES)


@lru_cache(maxsize=100)
def _markup(body: str) -> str:
    # Marks of letters and digits pass through Markdown untouched, in text, code and addresses alike.
    marked = placeholders.fill(body, lambda name: f"KT{_SALT}X{name.encode().hex()}X")
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(marked))


def _html(body: str, values: Mapping[str, str]) -> str:
    return clean_html(placeholders.fill(body, lambda name: _escaped(values.get(name, ""))))


def _escaped(value: str) -> str:
    return html.escape(value).replace("\n", "<br>")
