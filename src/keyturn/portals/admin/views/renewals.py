"""The renewal desk."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from keyturn.access.permissions import Permission
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.renewal_list import RENEWALS, renewal_source
from keyturn.portals.admin.sessions import AdminRequest


@page(Permission.VIEW_CUSTOMERS)
def renewals(request: AdminRequest) -> HttpResponse:
    """Customers with licenses that end soon, most urgent first."""
    return RENEWALS.respond(request, renewal_source(request.actor), {"section": "Customers"})


@page(Permission.EXPORT_CUSTOMERS)
def export(request: AdminRequest) -> HttpResponseBase:
    """Whom to contact, as a file."""
    return download(request, RENEWALS, renewal_source(request.actor).all(RENEWALS.state(request)))
