"""The texts of a changelog, as HTML that may stand on a page."""

from collections.abc import Iterable

from keyturn.core import markdown
from keyturn.licensing.changelog.models import Kind


def html_of(text: str) -> str:
    """The HTML of a change, with its images."""
    return markdown.to_html(text, images=True)


def grouped(changes: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """The HTML of changes, given as kind and text, by the label of their kind and in the order of the kinds."""
    said = [(kind, text) for kind, text in changes if text.strip()]
    groups = ((kind.label, [html_of(text) for own, text in said if own == kind]) for kind in Kind)
    return [(label, texts) for label, texts in groups if texts]
