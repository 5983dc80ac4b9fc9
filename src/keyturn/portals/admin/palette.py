"""What the global search finds: pages, customers, licenses and products (SRC-08, CUS-60)."""

from urllib.parse import urlencode

from django.urls import reverse

from keyturn.core.text import mask_key
from keyturn.licensing.licenses import lists as licenses
from keyturn.licensing.products.models import Product
from keyturn.people.customers import lists as customers
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.palette import Hit, HitGroup
from keyturn.portals.ui.shell import Shell

SHOWN = 5


def groups(request: AdminRequest, shell: Shell, term: str) -> list[HitGroup]:
    """At most five results of each kind, pages first; every role may open all of these."""
    if not term:
        return []
    return [_pages(shell, term), _customers(term), _licenses(request, term), _products(request, term)]


def _pages(shell: Shell, term: str) -> HitGroup:
    items = [item for group in shell.groups for item in group.items if term.lower() in item.label.lower()]
    items.sort(key=lambda item: not item.label.lower().startswith(term.lower()))
    return HitGroup("Pages", [Hit(item.label, item.href, item.icon) for item in items])


def _customers(term: str) -> HitGroup:
    found = customers.page(term, per_page=SHOWN)
    hits = [
        Hit(row.name, reverse("admin:customer", args=[row.uuid]), "user-round", row.email, badge=_state(row.status))
        for row in found.rows
    ]
    return HitGroup("Customers", hits, _all("admin:customers", term))


def _licenses(request: AdminRequest, term: str) -> HitGroup:
    found = licenses.page(request.actor, term, per_page=SHOWN)
    hits = [
        Hit(
            mask_key(row.license_key),
            reverse("admin:license", args=[row.uuid]),
            "key-round",
            f"{row.product.name} · {row.customer.email}" if row.customer else row.product.name,
            license_state=row.status,
            mono=True,
        )
        for row in found.rows
    ]
    return HitGroup("Licenses", hits, _all("admin:licenses", term))


def _products(request: AdminRequest, term: str) -> HitGroup:
    rows = Product.objects.in_scope(request.actor).filter(name__icontains=term).order_by("name")[:SHOWN]
    hits = [
        Hit(row.name, reverse("admin:product", args=[row.uuid]), "package", badge=_state(row.status)) for row in rows
    ]
    return HitGroup("Products", hits, _all("admin:products", term))


def _state(status: str) -> str:
    return "" if status == "active" else status.title()


def _all(route: str, term: str) -> str:
    return f"{reverse(route)}?{urlencode({'search': term})}"
