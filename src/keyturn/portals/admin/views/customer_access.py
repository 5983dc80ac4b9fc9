"""Mail that lets a customer in: the invitation again, or a password reset."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from keyturn.access.permissions import Permission
from keyturn.people.customers.models import Customer
from keyturn.people.signin import invitations
from keyturn.platform.mail import transports
from keyturn.portals.admin.customer_access import ACTIONS
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses


@page(Permission.MANAGE_CUSTOMERS, "GET", "POST")
def access(request: AdminRequest, uuid: UUID, name: str) -> HttpResponse:
    """The question, and what follows from yes."""
    customer = get_object_or_404(Customer, uuid=uuid)
    action = next((one for one in ACTIONS if one.name == name), None)
    if action is None:
        raise Http404
    if request.method == "POST":
        action.perform(request.actor, customer)
        kept = "" if transports.ready() else "It is kept in the Outbox until e-mail is set up."
        return responses.done(request, action.done, detail=kept)
    context = {"action": action, "customer": customer, "url": request.path, "mail_ready": transports.ready()}
    return responses.dialog(request, "admin/customers/access.html", context)


@page(Permission.MANAGE_CUSTOMERS, "POST")
def unlock(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Let a customer try again at once who failed to sign in too often."""
    invitations.lift_pause(request.actor, get_object_or_404(Customer, uuid=uuid))
    return responses.done_to(request, reverse("admin:customer", args=[uuid]), "The customer can sign in again")
