"""From Markdown to HTML that may stand on a page."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

_SCHEMES = {"http", "https", "mailto"}


@lru_cache(maxsize=1000)
def html_of(text: str) -> str:
    """The HTML of a change: no scripts, frames, styles or event handlers; links open without a referrer."""
    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return nh3.clean(rendered, url_schemes=_SCHEMES).strip()
