"""Markdown of people, as HTML that cannot do anything."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

_WITHOUT_IMAGES = nh3.ALLOWED_TAGS - {"img", "map", "area"}


@lru_cache(maxsize=1000)
def to_html(text: str, *, images: bool = False) -> SafeString:
    """`text` rendered: headings, lists, emphasis, links, tables, and `images` where wanted. No HTML of its own."""
    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    tags = nh3.ALLOWED_TAGS if images else _WITHOUT_IMAGES
    return SafeString(nh3.clean(rendered, tags=tags, url_schemes={"http", "https", "mailto"}).strip())
