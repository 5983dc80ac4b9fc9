"""What the frame around every page of the Admin Portal shows."""

from functools import cache

from django.http import HttpRequest
from django.urls import resolve, reverse

from keyturn.access.permissions import Permission, may
from keyturn.access.scope import Environment
from keyturn.core.text import initials
from keyturn.people.admins.models import Admin
from keyturn.platform.notifications.models import Notification
from keyturn.platform.preferences.registry import TABS
from keyturn.portals.admin.records import KINDS
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.shell import Bell, NavGroup, NavItem, Shell, ShellUser

# What the frame of every page reads, besides name and logo.
SHELL_SETTINGS = ("general.time_zone", "changelog.enabled", "licenses.full_verification", "logging.dashboard")
_NOT_FULL = "License verification is not required: misuse of licenses is not looked for."

_RECORD_PAGES = {kind.route for kind in KINDS.values() if kind.route}

# Title of the group; label, route and icon of each page. Only pages that exist; each admin sees those he may open.
_NAVIGATION = (
    (
        "",
        (
            ("Dashboard", "admin:dashboard", "layout-dashboard"),
            ("Customers", "admin:customers", "users-round"),
            ("Licenses", "admin:licenses", "key-round"),
            ("Activations", "admin:activations", "monitor-check"),
            ("Notifications", "admin:notifications", "bell"),
        ),
    ),
    (
        "Catalog",
        (
            ("Products", "admin:products", "package"),
            ("License Generators", "admin:generators", "wand-sparkles"),
            ("Downloads", "admin:downloadables", "hard-drive-download"),
            ("Changelog", "admin:changelog", "megaphone"),
        ),
    ),
    (
        "Administration",
        (
            ("API Keys", "admin:api_keys", "key-square"),
            ("Webhooks", "admin:webhooks", "webhook"),
            ("Email Templates", "admin:email_templates", "mail"),
            ("Outbox", "admin:outbox", "send"),
            ("Logs", "admin:logs", "scroll-text"),
            ("Audit Trail", "admin:audit", "history"),
            ("Background Jobs", "admin:jobs", "list-checks"),
            ("Retention Policies", "admin:retention", "archive"),
            ("Admin Users", "admin:admins", "user-cog"),
            ("Settings", "admin:settings", "settings"),
        ),
    ),
)
# Pages that others lead to; the search finds them too.
_ELSEWHERE = (
    ("Profile", "admin:profile", "user-round"),
    ("Renewals", "admin:renewals", "calendar-clock"),
    ("Compliance log", "admin:compliance", "shield-check"),
    ("Offline Files", "admin:offline_files", "file-text"),
    ("Import Licenses", "admin:license_import", "upload"),
)


def shell_of(request: AdminRequest, *, bare: bool = False) -> Shell:
    """The frame for this admin; `bare` for one who can open nothing else yet."""
    admin = request.admin
    return Shell(
        user=ShellUser(admin.name, admin.get_role_display(), initials(admin.name), picture_url(admin)),
        groups=[] if bare else _groups(request),
        home_url=reverse("admin:home"),
        product_name=str(request.vendor["general.app_name"]),
        environment=request.actor.environment,
        environments=Environment.choices,
        environment_url=reverse("admin:environment"),
        profile_url=reverse("admin:profile"),
        sign_out_url=reverse("admin:sign_out"),
        palette_url="" if bare else reverse("admin:search"),
        bell=None if bare else bell_of(admin),
        warning="" if request.vendor["licenses.full_verification"] else _NOT_FULL,
        warning_url=reverse("admin:settings_license") if may(request.actor, Permission.MANAGE_SETTINGS) else "",
        entries_url=_entries_url(request),
    )


def _entries_url(request: AdminRequest) -> str:
    """The audit trail about the record whose page this is (LOG-17)."""
    match = request.resolver_match
    record = match.kwargs.get("uuid") if match and match.url_name in _RECORD_PAGES else None
    return f"{reverse('admin:audit')}?record={record}" if record and may(request.actor, Permission.VIEW_LOGS) else ""


def bell_of(admin: Admin) -> Bell:
    """The bell of this admin."""
    unread = Notification.objects.of(admin).unread()
    return Bell(
        reverse("admin:notifications"),
        reverse("admin:notifications_latest"),
        reverse("admin:notifications_count"),
        unread.up_to_99,
    )


def picture_url(admin: Admin) -> str:
    """Where the admin's own picture is; empty for initials."""
    return f"{reverse('admin:profile_avatar')}?{admin.avatar}" if admin.avatar else ""


def _groups(request: AdminRequest) -> list[NavGroup]:
    hidden = () if request.vendor["changelog.enabled"] else ("admin:changelog",)
    groups = (
        (
            title,
            [
                NavItem(label, reverse(route), icon)
                for label, route, icon in items
                if route not in hidden and may(request.actor, _needed(route))
            ],
        )
        for title, items in _NAVIGATION
    )
    return [NavGroup(title, items) for title, items in groups if items]


def pages(request: AdminRequest, shell: Shell) -> list[NavItem]:
    """Every page that this admin may open by its name: those of the sidebar first."""
    shown = [item for group in shell.groups for item in group.items]
    tabs = [(f"{tab.title} · Settings", f"admin:settings_{tab.name}", "settings") for tab in TABS]
    others = (one for one in (*_ELSEWHERE, *tabs) if may(request.actor, _needed(one[1])))
    return shown + [NavItem(label, reverse(route), icon) for label, route, icon in others]


@cache
def _needed(route: str) -> Permission:
    # What the page itself declares: an entry never leads to a refusal.
    permission: Permission = resolve(reverse(route)).func.declared_permission  # type: ignore[attr-defined]
    return permission


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor: the frame, on the pages of a signed-in admin."""
    return {"shell": getattr(request, "shell", None)}
