"""What the frame around every page of the Client Portal shows."""

from django.urls import reverse

from keyturn.core.text import initials
from keyturn.people.signin.customers import CustomerSessionRequest
from keyturn.portals.ui.shell import NavGroup, NavItem, Shell, ShellUser

# Label, route and icon of each page. Only pages that exist.
_NAVIGATION = (("Dashboard", "client:dashboard", "layout-dashboard"),)


def shell_of(request: CustomerSessionRequest) -> Shell:
    """The frame for this customer."""
    customer = request.customer
    assert customer is not None
    name = customer.name or customer.email
    return Shell(
        user=ShellUser(name, customer.email, initials(name)),
        groups=[NavGroup("", [NavItem(label, reverse(route), icon) for label, route, icon in _NAVIGATION])],
        home_url=reverse("client:dashboard"),
        sign_out_url=reverse("client:logout"),
    )
