"""The mailed link to a customer's data."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from keyturn.operations.privacy import prepared
from keyturn.people.signin.links import Fault, Purpose
from keyturn.portals.client import door
from keyturn.portals.client.decorators import without_sign_in


@without_sign_in("GET", "POST")
@never_cache
def by_link(request: HttpRequest) -> HttpResponse:
    """A page with a button, as mail scanners follow links; then the file (CUS-41)."""
    token = request.GET.get("token", "")[:200]
    if (found := prepared.by_token(token)) is None:
        return door.dead_link(request, Purpose.SIGN_IN, Fault.EXPIRED)
    if request.method != "POST":
        return door.answer(request, "export", {"expires_at": found.expires_at})
    file = prepared.fetch_by_link(token)
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
