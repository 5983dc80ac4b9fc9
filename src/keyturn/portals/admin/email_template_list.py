"""The list of e-mail templates: what it shows and where its rows come from."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse

from keyturn.core.sorting import SortName
from keyturn.platform.mail.models import EmailTemplate
from keyturn.portals.ui.lists import Column, Empty, ListPage, QuerySetSource, Select


def _search(rows: QuerySet[EmailTemplate], term: str) -> QuerySet[EmailTemplate]:
    return rows.filter(Q(name__icontains=term) | Q(slug__icontains=term) | Q(subject__icontains=term))


def template_source() -> QuerySetSource[EmailTemplate]:
    """Every template."""
    return QuerySetSource(
        EmailTemplate.objects.all(),
        search=_search,
        filters={"status": lambda rows, value: rows.filter(enabled=value == "enabled")},
        sorts={
            "category": Lower("category"),
            "name": SortName("name"),
            "sent": "sent_count",
            "last": "last_sent",
        },
    )


def _categories(request: HttpRequest) -> list[tuple[str, str]]:
    names = EmailTemplate.objects.order_by("category").values_list("category", flat=True).distinct()
    return [(name, name) for name in names]


EMAIL_TEMPLATES = ListPage(
    name="email-templates",
    title="Email Templates",
    noun=("template", "templates"),
    intro="What the mails of this platform say.",
    columns=(
        Column("Name", "name", sort="name", slot="title", link=True, css="font-semibold"),
        Column("Slug", "admin/email_templates/_slug_cell.html", slot="line"),
        Column("Category", "admin/email_templates/_category_cell.html", sort="category", slot="off"),
        Column("Status", "admin/email_templates/_status_cell.html", slot="line-end"),
        Column("Sent Count", "sent_count", sort="sent", css="tabular-nums"),
        Column("Last Sent", "admin/email_templates/_last_cell.html", sort="last", css="quiet"),
        Column(
            "Actions", "admin/email_templates/_menu_cell.html", slot="end", css="end", head_css="end", hidden_label=True
        ),
    ),
    default_sort="category",
    search="Search by name, slug or subject...",
    searched="Names, slugs and subjects were searched. A part is enough.",
    filters=(
        Select("category", "Category", _categories, every="All Categories"),
        Select("status", "Status", [("enabled", "Enabled"), ("disabled", "Disabled")], every="All Statuses"),
    ),
    per_page=(50, 15, 25, 100),
    row_href=lambda row: reverse("admin:email_template", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: row.name,
    groups={"category": lambda row: row.category},
    actions="admin/email_templates/_head_actions.html",
    empty=Empty(
        "No templates yet",
        "Mails use the built-in texts until then. Seed Defaults puts them here, to be changed.",
        "mail",
        "admin/email_templates/_seed.html",
    ),
)
