"""The list of admin users: what it shows and where its rows come from."""

from django.db.models import Exists, OuterRef
from django.urls import reverse

from keyturn.access.permissions import Role
from keyturn.core.sorting import SortName
from keyturn.people.admins.models import Admin
from keyturn.people.signin.models import Authenticator
from keyturn.portals.ui.lists import Column, Empty, ListPage, QuerySetSource, Select


def admin_source() -> QuerySetSource[Admin]:
    """Everybody on the staff, with `has_2fa`."""
    enrolled = Authenticator.objects.filter(admin=OuterRef("pk"), confirmed_at__isnull=False)
    return QuerySetSource(
        Admin.objects.present().annotate(has_2fa=Exists(enrolled)),
        search=lambda rows, term: rows.search(term),
        filters={"status": lambda rows, value: rows.filter(is_active=value == "active")},
        sorts={
            "name": SortName("name"),
            "email": "email",
            "role": "role",
            "status": "is_active",
            "last_login": "last_login",
            "created": "created_at",
        },
    )


ADMINS = ListPage(
    name="admins",
    title="Admin Users",
    noun=("admin", "admins"),
    intro="The people who run this installation, and what each of them may do.",
    columns=(
        Column("Name", "admin/admins/_name_cell.html", sort="name", slot="title"),
        Column("Email", "email", sort="email", slot="line", css="quiet"),
        Column("Role", lambda row: row.get_role_display(), sort="role"),
        Column("2FA", "admin/admins/_2fa_cell.html"),
        Column("Status", "admin/admins/_status_cell.html", sort="status", slot="line-end"),
        Column("Last Login", "admin/admins/_last_login_cell.html", sort="last_login", css="quiet"),
        Column("Created", "created_at", sort="created", slot="off", css="quiet"),
        Column("Actions", "admin/admins/_menu_cell.html", slot="end", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-created",
    search="Search by name or email...",
    searched="Names and e-mail addresses were searched. A part of either is enough.",
    filters=(
        Select("role", "Role", Role.choices, every="All Roles"),
        Select("status", "Status", (("active", "Active"), ("inactive", "Inactive")), every="All Statuses"),
    ),
    row_href=lambda row: reverse("admin:admin_edit", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: row.name,
    actions="admin/admins/_head_actions.html",
    empty=Empty("No admins yet", "Admins run the platform.", "user-cog", "admin/admins/_head_actions.html"),
)
