"""Where a customer's visit begins."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.querysets import Figures
from keyturn.portals.client.decorators import page
from keyturn.portals.client.requests import CustomerRequest

RECENT = 5


@dataclass(frozen=True)
class Tile:
    """A figure with its words."""

    icon: str
    label: str
    value: int
    words: str
    tone: str = "idle"


@page()
def dashboard(request: CustomerRequest) -> HttpResponse:
    """Figures, ways on, and the licenses that came last; counted anew at every visit."""
    owned = License.objects.of(request.customer)
    first_name = request.customer.name.split(" ")[0]
    context = {
        "section": "Dashboard",
        "greeting": f"Welcome back, {first_name}" if first_name else "Welcome back",
        "tiles": _tiles(owned.figures()),
        "recent": owned.select_related("product").latest_assigned()[:RECENT],
    }
    return render(request, "client/dashboard/page.html", context)


def _tiles(found: Figures) -> list[Tile]:
    products = f"{found.products} product" if found.products == 1 else f"{found.products} products"
    return [
        Tile("key-round", "Total Licenses", found.total, products),
        Tile("circle-check", "Active Licenses", found.active, "in use now"),
        Tile("monitor-check", "Activations in Use", found.devices, "on your devices"),
        Tile("calendar-clock", "Expiring Soon", found.expiring, "within 30 days", "warn" if found.expiring else "idle"),
    ]
