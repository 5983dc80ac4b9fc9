"""What the global search shows: pages, customers, licenses and products (SRC-08, CUS-60)."""

from urllib.parse import urlencode

from django.urls import reverse

from keyturn.core.text import mask_key
from keyturn.licensing.licenses.models import License
from keyturn.operations import finding
from keyturn.people.customers.models import Customer
from keyturn.portals.admin import frame
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.palette import Hit, HitGroup
from keyturn.portals.ui.shell import Shell

SHOWN = 5


def groups(request: AdminRequest, shell: Shell, term: str) -> list[HitGroup]:
    """At most five results of each kind; every role may open all of these.

    Pages come first when the title of one begins with the term, else last.
    """
    if not term:
        return []
    pages, people = _pages(request, shell, term), finding.customers(request.actor, term, SHOWN)
    records = [_customers(people, term), _licenses(request, term, people), _products(request, term)]
    titled = any(hit.label.lower().startswith(term.lower()) for hit in pages.hits)
    return [pages, *records] if titled else [*records, pages]


def _pages(request: AdminRequest, shell: Shell, term: str) -> HitGroup:
    wanted, home = term.lower(), shell.home_url
    # Titles, and the words of the addresses.
    items = [
        item
        for item in frame.pages(request, shell)
        if wanted in item.label.lower() or wanted in item.href.removeprefix(home)
    ]
    items.sort(key=lambda item: not item.label.lower().startswith(wanted))
    return HitGroup("Pages", [Hit(item.label, item.href, item.icon) for item in items])


def _customers(people: list[Customer], term: str) -> HitGroup:
    hits = [
        Hit(row.name, reverse("admin:customer", args=[row.uuid]), "user-round", row.email, badge=_state(row.status))
        for row in people
    ]
    return HitGroup("Customers", hits, _all("admin:customers", term))


def _licenses(request: AdminRequest, term: str, people: list[Customer]) -> HitGroup:
    hits = [
        Hit(
            mask_key(row.license_key),
            reverse("admin:license", args=[row.uuid]),
            "key-round",
            _about(row, term),
            license_state=row.status,
            mono=True,
        )
        for row in finding.licenses(request.actor, term, SHOWN, people)
    ]
    return HitGroup("Licenses", hits, _all("admin:licenses", term))


def _about(license: License, term: str) -> str:
    parts = [license.product.name, license.customer.email if license.customer else "unassigned"]
    if term.lower() in license.order_reference.lower():
        parts.append(f"Order {license.order_reference}")
    return " · ".join(parts)


def _products(request: AdminRequest, term: str) -> HitGroup:
    hits = [
        Hit(
            row.name,
            reverse("admin:product", args=[row.uuid]),
            "package",
            # What matched, when it was not the name.
            "" if term.lower() in row.name.lower() else row.description[:200],
            badge=_state(row.status),
        )
        for row in finding.products(request.actor, term, SHOWN)
    ]
    return HitGroup("Products", hits, _all("admin:products", term))


def _state(status: str) -> str:
    return "" if status == "active" else status.title()


def _all(route: str, term: str) -> str:
    return f"{reverse(route)}?{urlencode({'search': term})}"
