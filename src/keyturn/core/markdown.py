"""Markdown of people, as HTML that cannot do anything."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

_TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area"}


@lru_cache(maxsize=256)
def to_html(text: str) -> SafeString:
    """`text` rendered: headings, lists, emphasis, links, tables. No images, no HTML of its own."""
    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return SafeString(nh3.clean(rendered, tags=_TAGS, url_schemes={"http", "https", "mailto"}))
