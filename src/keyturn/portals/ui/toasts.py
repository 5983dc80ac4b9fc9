"""Short confirmations: after a redirect through Django's messages, after an htmx request through a header."""

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

LEVELS = {"ok": messages.SUCCESS, "info": messages.INFO, "warn": messages.WARNING, "bad": messages.ERROR}
_TONES = {level: tone for tone, level in LEVELS.items()}


def notify(request: HttpRequest, text: str, *, tone: str = "ok", detail: str = "", href: str = "") -> None:
    """Show a toast on the next page this person opens. `tone`: ok, info, warn, bad (the last two stay)."""
    messages.add_message(request, LEVELS[tone], f"{text}\n{detail}" if detail else text, extra_tags=href)


def toast(response: HttpResponse, text: str, tone: str = "ok", href: str = "", detail: str = "") -> HttpResponse:
    """Show a toast when htmx receives this response."""
    event = {"text": text, "tone": tone, "href": href, "detail": detail}
    return trigger_client_event(response, "toast", event)


def parts(message: Message) -> dict[str, str]:
    """A Django message as the toast component takes it."""
    text, _, detail = str(message.message).partition("\n")
    tone = _TONES.get(message.level, "info")
    return {"text": text, "detail": detail, "tone": tone, "href": message.extra_tags or ""}
