"""What the frame around every page of the Admin Portal shows."""

from django.http import HttpRequest
from django.urls import reverse

from keyturn.access.scope import Environment
from keyturn.core.text import initials
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.shell import NavGroup, NavItem, Shell, ShellUser

# Title of the group; label, route and icon of each page. Only pages that exist.
_NAVIGATION = (
    (
        "",
        (
            ("Customers", "admin:customers", "users-round"),
            ("Licenses", "admin:licenses", "key-round"),
            ("Activations", "admin:activations", "monitor-check"),
        ),
    ),
    (
        "Catalog",
        (
            ("Products", "admin:products", "package"),
            ("License Generators", "admin:generators", "wand-sparkles"),
        ),
    ),
)


def shell_of(request: AdminRequest) -> Shell:
    """The frame for this admin."""
    admin = request.admin
    return Shell(
        user=ShellUser(admin.name, admin.get_role_display(), initials(admin.name)),
        groups=[
            NavGroup(title, [NavItem(label, reverse(route), icon) for label, route, icon in items])
            for title, items in _NAVIGATION
        ],
        home_url=reverse("admin:home"),
        environment=request.actor.environment,
        environments=Environment.choices,
        environment_url=reverse("admin:environment"),
        sign_out_url=reverse("admin:sign_out"),
        palette_url=reverse("admin:search"),
    )


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor: the frame, on the pages of a signed-in admin."""
    return {"shell": getattr(request, "shell", None)}
