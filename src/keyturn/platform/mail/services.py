"""Queueing mail, and forgetting whom it was for."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from keyturn.core.ids import uuid7
from keyturn.core.text import clean_email
from keyturn.platform.jobs.services import drop, enqueue, enqueue_many
from keyturn.platform.mail import rendering, sealing, transports
from keyturn.platform.mail.branding import brand
from keyturn.platform.mail.drafts import Draft
from keyturn.platform.mail.editing import draft_of
from keyturn.platform.mail.models import EmailTemplate, Message
from keyturn.platform.mail.rendering import Mail, Source
from keyturn.platform.mail.templates import built_in
from keyturn.platform.preferences import services as preferences

logger = logging.getLogger("keyturn.mail")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be: the template and what fills it."""

    template: str
    to: str
    variables: Mapping[str, object]
    customer: UUID | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """A mail as it will be read, for the Outbox."""

    template: str
    to: str
    mail: Mail
    customer: UUID | None = None
    key: str = ""


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
    queue_many([Letter(template, to, variables, customer, key)])


@transaction.atomic
def queue_many(letters: Sequence[Letter]) -> None:
    """As `queue` for each of `letters`, in a few statements for all of them."""
    if not letters:
        return
    settings = preferences.values()
    look = brand(settings)
    chosen = {slug: _find(slug) for slug in dict.fromkeys(one.template for one in letters)}
    for slug, draft in chosen.items():
        if not draft.enabled:
            logger.info("Mail %s is disabled: nothing was sent.", slug)
    finished = [_fill(one, chosen[one.template], look) for one in letters if chosen[one.template].enabled]
    write_many(finished, ready=transports.ready(settings))


def _fill(letter: Letter, chosen: Draft, look: Mapping[str, object]) -> Finished:
    address = clean_email(letter.to, "to")
    values = {**look, **complete(letter.template, chosen.variables, address, letter.variables)}
    source = Source(_subject(chosen.subject, letter.variables), chosen.body, chosen.format, chosen.text)
    return Finished(letter.template, address, rendering.render(source, values, look), letter.customer, letter.key)


def write(template: str, to: str, mail: Mail, *, customer: UUID | None, key: str = "", ready: bool) -> None:
    """Put a finished mail into the Outbox; to be sent when mail is `ready`, else to be kept."""
    write_many([Finished(template, to, mail, customer, key)], ready=ready)


@transaction.atomic
def write_many(finished: Sequence[Finished], *, ready: bool) -> None:
    """As `write` for each of `finished`, in a few statements for all of them."""
    sealed = sealing.seal_many(
        [(sealing.Content(one.to, one.mail.subject, one.mail.html, one.mail.text), one.customer) for one in finished]
    )
    messages = [
        Message(
            key=hashlib.sha256(one.key.encode()).hexdigest() if one.key else None,
            template=one.template,
            customer=one.customer,
            sealed=text,
            state=Message.State.QUEUED if ready else Message.State.KEPT,
            job=uuid7() if ready else None,
        )
        for one, text in zip(finished, sealed, strict=True)
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    if ready:
        _send_all(messages)


def _send_all(messages: Sequence[Message]) -> None:
    """Queue the jobs that messages name, for those that were not there before."""
    uuids = [message.uuid for message in messages]
    stored = set(Message.objects.filter(uuid__in=uuids).values_list("uuid", flat=True))
    jobs: dict[str, dict[UUID, dict[str, str]]] = defaultdict(dict)
    for message in messages:
        if message.uuid in stored and message.job is not None:
            known = built_in().get(message.template)
            kind = "mail.send_first" if known is not None and known.urgent else "mail.send"
            jobs[kind][message.job] = {"message": str(message.uuid)}
    for kind, payloads in jobs.items():
        enqueue_many(kind, payloads)


def send_later(message: Message, *, urgent: bool) -> None:
    """Give `message` to a new job in place of the one it had."""
    if message.job:
        drop(message.job)
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


@transaction.atomic
def forget_recipient(address: str) -> None:
    """Remove the content of every message to `address` that is about no customer; those not sent yet never will be."""
    written = Message.objects.filter(customer=None).exclude(sealed="").iterator()
    mine = Message.objects.filter(pk__in=[one.pk for one in written if sealing.read(one).to == address])
    mine.exclude(state=Message.State.SENT).update(
        state=Message.State.FAILED, job=None, error="The account was deleted."
    )
    mine.update(sealed="")


def _subject(subject: str, variables: Mapping[str, object]) -> str:
    environment = str(variables.get("environment") or "production")
    return subject if environment == "production" else f"[{environment.capitalize()}] {subject}"


def _find(slug: str) -> Draft:
    """The vendor's text of a template, else the built-in one. Raises KeyError."""
    stored = EmailTemplate.objects.filter(slug=slug).first()
    return draft_of(stored or built_in()[slug])
