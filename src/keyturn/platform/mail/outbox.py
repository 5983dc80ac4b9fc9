"""Reading the Outbox, and sending again from it."""

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may, require
from keyturn.core.errors import Refused
from keyturn.platform.audit import services as audit
from keyturn.platform.mail import sealing, services, transports
from keyturn.platform.mail.models import Message
from keyturn.platform.mail.templates import BuiltIn, built_in

State = Message.State
RESENDABLE = (State.QUEUED, State.FAILED, State.KEPT)


def template_of(message: Message) -> BuiltIn | None:
    """The built-in template of a message; None for one that the vendor made."""
    return built_in().get(message.template)


def why_hidden(actor: Actor, message: Message) -> str:
    """Why `actor` may not read the text of `message`; empty when he may.

    A one-time link signs its reader in as somebody else: it shows to Super Admins alone, and to them only
    while mail is not set up, so that the product can be tried.
    """
    known = template_of(message)
    if known is None or not known.secret:
        return ""
    if transports.ready():
        return "It carries a one-time link, which shows here only while mail is not set up."
    return "" if may(actor, Permission.MANAGE_CRITICAL_SETTINGS) else "It carries a one-time link for its recipient."


def read(actor: Actor, message: Message) -> sealing.Content:
    """What `actor` may read of `message`."""
    require(actor, Permission.MANAGE_TEMPLATES)
    content = sealing.read(message)
    return content.without_text() if why_hidden(actor, message) else content


@transaction.atomic
def resend(actor: Actor, message: Message) -> None:
    """Queue a message again that was kept, failed or waits. Raises Refused."""
    require(actor, Permission.MANAGE_TEMPLATES)
    if not transports.ready():
        raise Refused("Mail is not set up. A Super Admin can do that on the Email tab of the settings.")
    if message.state not in RESENDABLE or not sealing.read(message).text:
        raise Refused("This mail is sent already, or its text is gone.")
    known = template_of(message)
    services.send_later(message, urgent=known is not None and known.urgent)
    audit.record(actor, audit.Entry("mail.resent", ("message", message.uuid), customer=message.customer))
