"""Requests of a signed-in customer, and where everybody else is sent."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from keyturn.access.actors import Actor
from keyturn.core.http import request_id
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.people.signin import sessions
from keyturn.people.signin.customers import CustomerSessionRequest
from keyturn.people.signin.models import Session
from keyturn.portals.ui.shell import Shell
from keyturn.portals.ui.toasts import notify


class CustomerRequest(CustomerSessionRequest):
    """A request of a signed-in customer, as the views of this portal see it."""

    customer: Customer
    customer_session: Session
    actor: Actor
    shell: Shell


def actor_of(request: CustomerRequest) -> Actor:
    """The author of whatever this request does: the customer, or an admin who looks on and may nothing."""
    identity, ip = request_id(request.headers.get("X-Request-Id", "")), sessions.visitor(request).ip
    if request.viewing_admin is not None:
        return Actor("admin", id=str(request.viewing_admin.uuid), request_id=identity, ip=ip)
    return customers.actor_of(request.customer, request_id=identity, ip=ip)


def to_sign_in(request: CustomerSessionRequest) -> HttpResponse:
    """Send somebody to the sign-in page, and afterwards back to the page he is on."""
    if request.closed_for:
        notify(request, request.closed_for, tone="bad")
    url = f"{reverse('client:login')}?{urlencode({'next': _page_of(request)})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(url)
    return redirect(url)


def safe_next(target: str) -> str:
    """`target` when it is a page of this portal, else the dashboard."""
    own = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith("/customer/")
    return target if own else reverse("client:dashboard")


def _page_of(request: CustomerSessionRequest) -> str:
    boosted = request.headers.get("HX-Boosted") == "true"
    if request.method == "GET" and (boosted or "HX-Request" not in request.headers):
        return request.get_full_path()
    shown = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    return f"{shown.path}?{shown.query}" if shown.query else shown.path or reverse("client:dashboard")
