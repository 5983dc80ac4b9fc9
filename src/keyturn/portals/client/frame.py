"""What the frame around every page of the Client Portal shows."""

from django.urls import reverse

from keyturn.core.text import initials
from keyturn.people.signin.customers import CustomerSessionRequest
from keyturn.portals.ui.shell import NavGroup, NavItem, Shell, ShellUser

# Label, route, icon and the label for phones of each page. Only pages that exist.
_NAVIGATION = (
    ("Dashboard", "client:dashboard", "layout-dashboard", "Home"),
    ("My Licenses", "client:licenses", "key-round", "Licenses"),
    ("Activations", "client:activations", "monitor-check", "Devices"),
    ("Downloads", "client:downloads", "hard-drive-download", ""),
)


def shell_of(request: CustomerSessionRequest) -> Shell:
    """The frame for this customer."""
    customer = request.customer
    assert customer is not None
    name = customer.name or customer.email
    return Shell(
        user=ShellUser(name, customer.email, initials(name)),
        groups=[
            NavGroup(
                "", [NavItem(label, reverse(route), icon, short=short) for label, route, icon, short in _NAVIGATION]
            )
        ],
        home_url=reverse("client:dashboard"),
        sign_out_url=reverse("client:logout"),
    )
