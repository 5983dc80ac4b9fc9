"""The Outbox: what it shows and where its rows come from."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from keyturn.platform.mail import sealing
from keyturn.platform.mail.models import Message
from keyturn.platform.mail.sealing import Content
from keyturn.platform.mail.templates import built_in, name_of
from keyturn.portals.admin.license_list import customer_label
from keyturn.portals.ui.lists import Column, Empty, Linked, ListPage, QuerySetSource, Select, ShownSource


@dataclass(frozen=True)
class OutboxRow:
    """One message with what it says."""

    message: Message
    content: Content

    @property
    def template(self) -> str:
        """The readable name of its template."""
        return name_of(self.message.template)


def outbox_source() -> ShownSource[Message, OutboxRow]:
    """Every message, opened page by page."""
    return ShownSource(QuerySetSource(Message.objects.all(), sorts={"created": "at", "sent": "sent_at"}), rows_of)


def rows_of(messages: Sequence[Message]) -> list[OutboxRow]:
    """Messages with what they say."""
    pairs = zip(messages, sealing.read_many(messages), strict=True)
    return [OutboxRow(message, content) for message, content in pairs]


def _templates(request: HttpRequest) -> list[tuple[str, str]]:
    return [(slug, name_of(slug)) for slug in ("composed", *built_in())]


OUTBOX = ListPage(
    name="outbox",
    title="Outbox",
    noun=("mail", "mails"),
    intro="Every mail, whether sent, waiting or kept here because mail is not set up.",
    columns=(
        Column("Subject", "admin/outbox/_subject_cell.html", slot="title"),
        Column("Recipient", "admin/outbox/_recipient_cell.html", slot="line"),
        Column("Template", "template", css="quiet"),
        Column("State", "admin/outbox/_state_cell.html", slot="end"),
        Column("Created", "admin/outbox/_created_cell.html", sort="created", css="quiet"),
        Column("Sent", "message.sent_at", sort="sent", slot="off", css="quiet"),
    ),
    default_sort="-created",
    filters=(
        Select("state", "State", Message.State.choices, every="All States"),
        Select("template", "Template", _templates, every="All Templates"),
        Linked("customer", "Customer", customer_label),
    ),
    row_href=lambda row: reverse("admin:outbox_message", args=[row.message.uuid]),
    row_id=lambda row: str(row.message.uuid),
    row_label=lambda row: row.content.subject or "Erased mail",
    template="admin/outbox/list.html",
    empty=Empty(
        "No mail yet",
        "Invitations, sign-in links and notices appear here when they are made.",
        "send",
    ),
)
