"""What the frame around every page of the Client Portal shows."""

from collections.abc import Mapping

from django.urls import reverse

from keyturn.core.text import initials
from keyturn.people.signin.customers import CustomerSessionRequest
from keyturn.platform.preferences import services as preferences
from keyturn.portals.ui.shell import NavGroup, NavItem, Shell, ShellUser, Viewing

# Label, route, icon and the label for phones of each page. Only pages that exist.
_NAVIGATION = (
    ("Dashboard", "client:dashboard", "layout-dashboard", "Home"),
    ("My Licenses", "client:licenses", "key-round", "Licenses"),
    ("Activations", "client:activations", "monitor-check", "Devices"),
    ("Downloads", "client:downloads", "hard-drive-download", ""),
    ("Changelog", "client:changelog", "scroll-text", ""),
    ("Profile", "client:profile", "user-round", ""),
    ("Settings", "client:settings", "settings", ""),
)


def shell_of(request: CustomerSessionRequest) -> Shell:
    """The frame for this customer."""
    customer = request.customer
    assert customer is not None
    name, vendor = customer.name or customer.email, preferences.values()
    request.vendor = vendor  # type: ignore[attr-defined]
    return Shell(
        user=ShellUser(name, customer.email, initials(name)),
        groups=[NavGroup("", _navigation(vendor))],
        home_url=reverse("client:dashboard"),
        profile_url=reverse("client:profile"),
        settings_url=reverse("client:settings"),
        sign_out_url=reverse("client:logout"),
        product_name=str(vendor["general.app_name"]),
        support_email=str(vendor["general.support_email"]),
        support_url=str(vendor["general.support_url"]),
        viewing=_viewing(request),
    )


def _navigation(vendor: Mapping[str, object]) -> list[NavItem]:
    return [
        NavItem(label, reverse(route), icon, short=short)
        for label, route, icon, short in _NAVIGATION
        if route != "client:changelog" or vendor["changelog.enabled"]
    ]


def _viewing(request: CustomerSessionRequest) -> Viewing | None:
    admin, session, customer = request.viewing_admin, request.customer_session, request.customer
    if admin is None or session is None or customer is None:
        return None
    return Viewing(admin.name, customer.email, session.expires_at, reverse("client:stop_viewing"))
