"""What the page of notifications shows: which of them, which page, and the tabs."""

from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from keyturn.platform.notifications.models import Notification
from keyturn.portals.admin.notification_rows import rows_of
from keyturn.portals.admin.sessions import AdminRequest

PER_PAGE: Final = 20
# Nobody pages further.
_MOST: Final = 10_000
# Value of the filter; label; what an empty one says.
_TABS: Final = (
    ("", "All", ("No notifications yet", "What needs your attention appears here by itself.", "bell")),
    ("unread", "Unread", ("Nothing unread", "You have read everything.", "circle-check")),
    ("read", "Read", ("Nothing read yet", "What you have read stays here for 180 days.", "inbox")),
)


def context_of(request: AdminRequest) -> dict[str, Any]:
    """The page that the query string asks for; one beyond the end is the last one."""
    wanted, asked = _asked(request)
    everything = Notification.objects.of(request.admin)
    lines = {"unread": everything.unread(), "read": everything.read()}.get(wanted, everything)
    total = lines.order_by()[:_MOST].count()
    pages = max(1, -(-total // PER_PAGE))
    number = min(asked, pages)
    start = (number - 1) * PER_PAGE
    rows = rows_of(lines[start : start + PER_PAGE])
    assert request.shell.bell is not None
    shown = request.shell.bell.shown
    return {
        "section": "Notifications",
        "rows": rows,
        "label": next(label for value, label, _ in _TABS if value == wanted),
        "empty": next(empty for value, _, empty in _TABS if value == wanted),
        "tabs": [
            (label, reverse("admin:notifications") + _query(value, 1), value == wanted, shown * (value == "unread"))
            for value, label, _ in _TABS
        ],
        "unread": shown,
        "query": _query(wanted, number),
        "total": total,
        "first": start + 1,
        "last": start + len(rows),
        "number": number,
        "pages": pages,
        "previous": _query(wanted, number - 1) or "?" if number > 1 else "",
        "following": _query(wanted, number + 1) if number < pages else "",
    }


def query_of(request: AdminRequest) -> str:
    """The query string of the page that a form came from."""
    return _query(*_asked(request))


def _asked(request: AdminRequest) -> tuple[str, int]:
    wanted, text = request.GET.get("filter", ""), request.GET.get("page", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 1
    return wanted if wanted in ("unread", "read") else "", max(1, number)


def _query(wanted: str, number: int) -> str:
    pairs = [("filter", wanted)] * bool(wanted) + [("page", str(number))] * (number > 1)
    return f"?{urlencode(pairs)}" if pairs else ""
