"""What every page in front of the sign-in shows: the vendor, and where to ask for help."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from keyturn.people.signin.links import Fault
from keyturn.people.signin.models import Link
from keyturn.platform.preferences import services as preferences

_TITLES = {
    Fault.UNKNOWN: "This link is not complete",
    Fault.USED: "This link was used already",
    Fault.EXPIRED: "This link has expired",
}
_REASONS = {
    Fault.UNKNOWN: "Copy the whole link from the e-mail, or ask for a new one.",
    Fault.USED: "Each link works once. Ask for a new one to go on.",
    Fault.EXPIRED: "Links work for a limited time. Ask for a new one to go on.",
}


def answer(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """One page of the way in."""
    vendor = {
        "vendor": preferences.text("general.app_name"),
        "support_email": preferences.text("general.support_email"),
    }
    return render(request, f"client/signin/{template}.html", {**vendor, **context}, status=status)


def dead_link(request: HttpRequest, purpose: Link.Purpose, fault: Fault) -> HttpResponse:
    """A link that cannot be followed, and the way to a new one."""
    context = {"title": _TITLES[fault], "text": _REASONS[fault], "purpose": str(purpose)}
    return answer(request, "dead_link", context, status=404 if fault == Fault.UNKNOWN else 410)


def closed(request: HttpRequest, message: str) -> HttpResponse:
    """An account that may not be entered."""
    return answer(request, "closed", {"text": message}, status=403)
