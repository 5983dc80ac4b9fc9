"""The end of View as Customer."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from keyturn.people.signin import customers
from keyturn.people.signin.customers import CustomerSessionRequest
from keyturn.portals.client.decorators import without_sign_in


@without_sign_in("POST")
def stop(request: CustomerSessionRequest) -> HttpResponse:
    """Stop looking on, and go back to the customer's page in the Admin Portal."""
    if request.viewing_admin is None or request.customer is None:
        return redirect("client:dashboard")
    customer = request.customer
    customers.sign_out(request)
    return redirect(reverse("admin:customer", args=[customer.uuid]))
