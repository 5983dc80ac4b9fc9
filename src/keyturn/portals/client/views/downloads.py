"""What a customer may download."""

from django.http import HttpResponse
from django.shortcuts import render

from keyturn.portals.client.decorators import page
from keyturn.portals.client.requests import CustomerRequest


@page()
def downloads(request: CustomerRequest) -> HttpResponse:
    """Releases of the products that the customer holds a license of; none are published yet."""
    return render(request, "client/downloads.html", {"section": "Downloads"})
