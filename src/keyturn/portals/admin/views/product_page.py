"""The page of one product, and its image."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render

from keyturn.access.permissions import Permission, may
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import images
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing.models import KeyPair
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.views.products import SECTION, find_product

COUNTED = 10_000
GENERATORS_SHOWN = 20


@page(Permission.VIEW_CATALOG)
def product(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One product in full: what it is, what it has given, what signs for it."""
    found = find_product(request, uuid)
    generators = list(found.generators.order_by("name", "pk")[: GENERATORS_SHOWN + 1])
    context = {
        "section": SECTION,
        "product": found,
        "features": list(found.features.all()),
        "generators": generators[:GENERATORS_SHOWN],
        "more_generators": len(generators) > GENERATORS_SHOWN,
        "may_manage": may(request.actor, Permission.MANAGE_CATALOG),
        "may_generate": may(request.actor, Permission.MANAGE_LICENSES),
        "pairs": KeyPair.objects.filter(holder=str(found.uuid)).order_by("-pk"),
        **_licenses(found),
    }
    return render(request, "admin/products/detail.html", context)


@page(Permission.VIEW_CATALOG)
def image(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The image of a product."""
    found = images.read(find_product(request, uuid))
    if found is None:
        raise Http404
    content, media_type = found
    return HttpResponse(content, content_type=media_type, headers={"Cache-Control": "private, no-cache"})


def _licenses(product: Product) -> dict[str, Any]:
    rows = License.objects.filter(environment=product.environment, product=product).order_by("-created_at", "-pk")
    counts = Counter(rows.values_list("status", flat=True)[: COUNTED + 1])
    many = counts.total() > COUNTED
    states = [(str(status), None if many else counts[status]) for status in Status]
    return {"states": states, "license_count": min(counts.total(), COUNTED), "license_count_capped": many}
