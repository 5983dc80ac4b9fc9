"""From Markdown to HTML that may stand on a page."""

from collections.abc import Iterable
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

from keyturn.licensing.changelog.models import Kind

_SCHEMES = {"http", "https", "mailto"}


@lru_cache(maxsize=1000)
def html_of(text: str) -> str:
    """The HTML of a change: no scripts, frames, styles or event handlers; links open without a referrer."""
    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return nh3.clean(rendered, url_schemes=_SCHEMES).strip()


def grouped(changes: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """The HTML of changes, given as kind and text, by the label of their kind and in the order of the kinds."""
    said = [(kind, text) for kind, text in changes if text.strip()]
    groups = ((kind.label, [html_of(text) for own, text in said if own == kind]) for kind in Kind)
    return [(label, texts) for label, texts in groups if texts]
