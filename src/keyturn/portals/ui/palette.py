"""The global search's answer: groups of real links, shown in the palette dialog."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SHORTEST = 2


@dataclass(frozen=True)
class Hit:
    """One result. `license_state` shows that state's badge, `badge` a quiet one; `mono` is for keys."""

    label: str
    href: str
    icon: str
    hint: str = ""
    license_state: str = ""
    badge: str = ""
    mono: bool = False
    missing: str = "N/A"


@dataclass(frozen=True)
class HitGroup:
    """Results of one kind. `all_url` leads to the list of everything that matches, empty for none."""

    title: str
    hits: Sequence[Hit]
    all_url: str = ""

    @property
    def noun(self) -> str:
        """As the link to the whole list names it."""
        return self.title.lower()


def read_term(request: HttpRequest) -> str:
    """What was typed: trimmed, at most 500 characters, empty below two (then nothing is queried)."""
    term = request.GET.get("q", "").replace("\x00", "").strip()[:500]
    return term if len(term) >= SHORTEST else ""


def respond(request: HttpRequest, term: str, groups: Sequence[HitGroup], environment: str) -> HttpResponse:
    """The results as the palette takes them; `environment` is named when nothing matches."""
    context = {"term": term, "groups": [group for group in groups if group.hits], "environment": environment}
    response = render(request, "ui/palette/_results.html", context)
    response["Cache-Control"] = "no-store"
    return response


def highlight(text: str, term: str) -> SafeString:
    """`text`, escaped, with every occurrence of `term` in `<mark>`."""
    parts = re.split(f"({re.escape(term)})", text, flags=re.IGNORECASE) if term else [text]
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", part) if at % 2 else part,) for at, part in enumerate(parts))
    )
