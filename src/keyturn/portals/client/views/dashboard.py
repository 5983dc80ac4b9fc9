"""Where a customer's visit begins."""

from django.http import HttpResponse
from django.shortcuts import render

from keyturn.portals.client.decorators import page
from keyturn.portals.client.requests import CustomerRequest


@page()
def dashboard(request: CustomerRequest) -> HttpResponse:
    """The landing page after sign-in."""
    return render(request, "client/dashboard.html", {"section": "Dashboard"})
