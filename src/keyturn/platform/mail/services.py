"""Queueing mail, and forgetting whom it was for."""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction

from keyturn.core.text import clean_email
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.mail import rendering, sealing, transports
from keyturn.platform.mail.branding import brand
from keyturn.platform.mail.drafts import Draft
from keyturn.platform.mail.editing import draft_of
from keyturn.platform.mail.models import EmailTemplate, Message
from keyturn.platform.mail.rendering import Mail, Source
from keyturn.platform.mail.templates import built_in
from keyturn.platform.preferences import services as preferences

logger = logging.getLogger("keyturn.mail")


@transaction.atomic
def queue(
    template: str,
    *,
    to: str,
    variables: Mapping[str, object],
    customer: UUID | None = None,
    key: str = "",
) -> None:
    """Write one mail into the Outbox and have it sent; call it in the transaction of the change.

    A second mail with the same `key` is not made; a disabled template makes none. Without mail settings
    the message is kept. Raises KeyError for an unknown template and Invalid for a recipient that is no
    address.
    """
    chosen = _find(template)
    address = clean_email(to, "to")
    if not chosen.enabled:
        logger.info("Mail %s is disabled: nothing was sent.", template)
        return
    settings = preferences.values()
    look = brand(settings)
    values = {**look, **complete(template, chosen.variables, address, variables)}
    source = Source(_subject(chosen.subject, variables), chosen.body, chosen.format, chosen.text)
    mail = rendering.render(source, values, look)
    write(template, address, mail, customer=customer, key=key, ready=transports.ready(settings))


@transaction.atomic
def write(template: str, to: str, mail: Mail, *, customer: UUID | None, key: str = "", ready: bool) -> None:
    """Put a finished mail into the Outbox; to be sent when mail is `ready`, else to be kept."""
    message = Message(
        key=hashlib.sha256(key.encode()).hexdigest() if key else None,
        template=template,
        customer=customer,
        sealed=sealing.seal(sealing.Content(to, mail.subject, mail.html, mail.text), customer),
        state=Message.State.QUEUED if ready else Message.State.KEPT,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    if message.state == Message.State.QUEUED and Message.objects.filter(uuid=message.uuid).exists():
        known = built_in().get(template)
        send_later(message, urgent=known is not None and known.urgent)


def send_later(message: Message, *, urgent: bool) -> None:
    """Give `message` to a new job; an older job of it then does nothing."""
    job = enqueue("mail.send_first" if urgent else "mail.send", message=str(message.uuid))
    Message.objects.filter(uuid=message.uuid).update(job=job, state=Message.State.QUEUED)


def complete(slug: str, declared: Iterable[str], to: str, variables: Mapping[str, object]) -> dict[str, object]:
    """`variables` with the common ones filled in; a declared one without a value is empty, and logged."""
    given = {name: value for name, value in variables.items() if value not in (None, "")}
    local_part = to.partition("@")[0]
    values: dict[str, object] = {"customer_name": local_part, "customer_email": to, **given}
    missing = [name for name in declared if name not in values]
    if missing:
        logger.warning("Mail %s has no value for: %s", slug, ", ".join(missing))
    return values


@transaction.atomic
def forget(customer: UUID) -> None:
    """Remove the content of every message about `customer`; those not sent yet never will be."""
    about = Message.objects.filter(customer=customer)
    unsent = about.exclude(state=Message.State.SENT)
    unsent.update(state=Message.State.FAILED, job=None, error="The customer was deleted.")
    about.filter(state=Message.State.SENT).update(error="")
    about.update(sealed="")


def _subject(subject: str, variables: Mapping[str, object]) -> str:
    environment = str(variables.get("environment") or "production")
    return subject if environment == "production" else f"[{environment.capitalize()}] {subject}"


def _find(slug: str) -> Draft:
    """The vendor's text of a template, else the built-in one. Raises KeyError."""
    stored = EmailTemplate.objects.filter(slug=slug).first()
    return draft_of(stored or built_in()[slug])
