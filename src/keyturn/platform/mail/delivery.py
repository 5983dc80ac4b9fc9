"""One attempt at one message: queued, sending, sent; or back to queued, failed, kept.

A message is `sending` before anything is said to the mail server, and `sent` once the server took it. A worker
that dies in between leaves it `sending`, and the next attempt sends it again: only the mail server knows
whether it already had it. Both carry the same Message-ID, by which mail systems recognise a repetition. The
window is the time between the server's last answer and one UPDATE, usually some milliseconds; losing a mail
there would be worse than repeating it (RFC 5321, 4.5.3.2.6 chooses the same).
"""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.platform.audit import services as audit
from keyturn.platform.mail import sealing, transports
from keyturn.platform.mail.models import EmailTemplate, Message
from keyturn.platform.mail.outcomes import Undelivered
from keyturn.platform.mail.rendering import Mail
from keyturn.platform.mail.templates import name_of
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.rules import missing_for_mail

logger = logging.getLogger("keyturn.mail")
State = Message.State


def attempt(actor: Actor, uuid: UUID, *, job: UUID, last: bool) -> str:
    """Try to send a message on behalf of `job`; its state afterwards. Raises Undelivered.

    Does nothing when the message was sent, or was given to another job meanwhile.
    """
    mine = Message.objects.filter(uuid=uuid, job=job).exclude(state__in=(State.SENT, State.KEPT))
    settings = preferences.values()
    if missing_for_mail(settings):
        mine.update(state=State.KEPT, error="Mail is not set up.")
        return State.KEPT
    if not mine.update(state=State.SENDING, attempts=F("attempts") + 1):
        return "unchanged"
    message = Message.objects.get(uuid=uuid)
    content = sealing.read(message)
    try:
        mail = Mail(content.subject, content.html, content.text)
        transports.send(settings, transports.Outgoing(content.to, mail, str(message.uuid)))
    except Undelivered as problem:
        over = last or problem.final
        with transaction.atomic():
            mine.update(state=State.FAILED if over else State.QUEUED, error=problem.message[:500])
            if over:
                _record(actor, "mail.failed", message)
        logger.log(logging.ERROR if over else logging.WARNING, "Mail %s %s: %s", message.template, uuid, problem)
        raise
    _sent(actor, message, content)
    return State.SENT


@transaction.atomic
def _sent(actor: Actor, message: Message, content: sealing.Content) -> None:
    fresh = Message.objects.select_for_update().get(pk=message.pk)
    # A customer who was erased while his mail was on the way stays erased.
    fresh.sealed = sealing.seal(content.without_text(), fresh.customer) if fresh.sealed else ""
    fresh.state, fresh.sent_at, fresh.error = State.SENT, now(), ""
    fresh.save(update_fields=["sealed", "state", "sent_at", "error"])
    EmailTemplate.objects.filter(slug=message.template).update(sent_count=F("sent_count") + 1, last_sent=fresh.sent_at)
    _record(actor, "mail.sent", message)


def _record(actor: Actor, action: str, message: Message) -> None:
    changes = {"template": name_of(message.template)}
    audit.record(actor, audit.Entry(action, ("message", message.uuid), changes, customer=message.customer))
