"""What changed in the vendor's products, as anybody reads it whom the vendor lets (CHL-35)."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render

from keyturn.core.ids import parse_uuid
from keyturn.licensing.changelog import reading
from keyturn.licensing.changelog.rendering import grouped
from keyturn.platform.preferences import services as preferences
from keyturn.portals.client.decorators import page
from keyturn.portals.client.requests import CustomerRequest


@page()
def changelog(request: CustomerRequest) -> HttpResponse:
    """Published entries, newest first; of one product when `product` names it."""
    if not preferences.flag("changelog.enabled"):
        raise Http404
    products, wanted = reading.open_products(), request.GET.get("product", "")
    chosen = [product for product in products if not wanted or product.uuid == parse_uuid(wanted)]
    if wanted and not chosen:
        raise Http404
    number = request.GET.get("page", "")
    found = reading.page(chosen, int(number) if number.isdecimal() else 1, preferences.get("changelog.per_page"))
    context = {
        "products": products,
        "wanted": chosen[0] if wanted else None,
        "found": found,
        "entries": [
            (entry, grouped((change["kind"], change["text"]) for change in entry.changes)) for entry in found.entries
        ],
        "newer": _address(wanted, found.number - 1) if found.number > 1 else "",
        "older": _address(wanted, found.number + 1) if found.number < found.pages else "",
    }
    return render(request, "client/changelog/page.html", {"section": "Changelog", **context})


def _address(product: str, number: int) -> str:
    return "?" + urlencode({**({"product": product} if product else {}), "page": number})
