"""From the queue to the mailbox: once, in the end, or with a reason."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from keyturn.access.actors import system
from keyturn.core import clock
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs import claims
from keyturn.platform.jobs.kinds import QUEUES
from keyturn.platform.jobs.models import Job
from keyturn.platform.mail import delivery, sealing, services
from keyturn.platform.mail.models import Message
from keyturn.platform.preferences import services as preferences
from tests.jobs import LEASE, Work
from tests.mailserver import MailServer, free_port, smtp

__all__ = ["smtp"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untold")]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LINK = "https://licenses.example.com/customer/enter/t0ken"


def _queue(template: str = "magic-link", key: str = "") -> Message:
    variables = {"action_url": LINK, "expiry_date": "noon", "ip_address": "::1"}
    services.queue(template, to="john@example.com", variables=variables, customer=uuid4(), key=key)
    return Message.objects.latest("id")


@pytest.mark.spec("EML-13", "JOB-11")
def test_one_event_one_mail_and_its_text_is_not_kept(smtp: MailServer, work: Work) -> None:
    message = _queue(key="event")
    _queue(key="event")
    assert (message.state, Job.objects.get().queue) == ("queued", "high")
    work()
    assert smtp.only["To"] == "john@example.com"
    assert smtp.only["Message-ID"] == f"<{message.uuid}@example.com>"
    text = smtp.only.get_body(("plain",))
    assert text is not None
    assert LINK in text.get_content()
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == ("sent", 1, "")
    assert message.sent_at is not None
    assert sealing.read(message) == sealing.Content("john@example.com", "Your sign-in link for Keyturn")
    event = AuditEvent.objects.get(action="mail.sent")
    assert (event.customer_uuid, event.changes) == (message.customer, {"template": "Magic link"})


def _moments() -> Iterator[datetime]:
    """When the next attempt is due."""
    while (job := Job.objects.filter(status="queued").first()) is not None:
        yield job.run_at


def test_an_outage_of_an_hour_loses_nothing(smtp: MailServer, work: Work) -> None:
    port, moments = smtp.port, []
    with clock.fixed(NOON):
        smtp.use(port=free_port())
        message = _queue("license-issued")
    for moment in _moments():
        moments.append(moment)
        if moment > NOON + timedelta(minutes=61):
            smtp.use(port=port)
        with clock.fixed(moment):
            work()
        message.refresh_from_db()
        if not smtp.received:
            assert message.state == "queued"
            assert message.error.startswith("Connection refused.")
    assert len(moments) == 4
    assert len(smtp.received) == 1
    assert (message.state, message.error) == ("sent", "")


def test_what_never_works_fails_and_can_be_tried_again(smtp: MailServer, work: Work) -> None:
    port = smtp.port
    with clock.fixed(NOON):
        smtp.use(port=free_port())
        message = _queue("license-issued")
    for moment in _moments():
        with clock.fixed(moment):
            work()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", 4)
    assert Job.objects.get().status == "failed"
    assert sealing.read(message).text
    smtp.use(port=port)
    services.send_later(message, urgent=False)
    work()
    message.refresh_from_db()
    assert (message.state, len(smtp.received)) == ("sent", 1)


def test_a_refused_recipient_fails_at_once(smtp: MailServer, work: Work) -> None:
    smtp.refuse["recipient"] = "550 5.1.1 <john@example.com> unknown"
    message = _queue()
    assert work() == 1
    message.refresh_from_db()
    assert (message.state, Job.objects.get().status) == ("failed", "failed")
    assert "john@" not in message.error + Job.objects.get().exception + Job.objects.get().trace


def test_a_worker_that_dies_before_the_record_repeats_the_mail_with_its_identity(smtp: MailServer, work: Work) -> None:
    with clock.fixed(NOON):
        message = _queue()
        claims.claim(QUEUES, LEASE)
        Message.objects.update(state="sending", attempts=1)
    with clock.fixed(NOON + timedelta(minutes=2)):
        claims.reclaim()
        work()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 2)
    assert smtp.only["Message-ID"] == f"<{message.uuid}@example.com>"


def test_an_old_job_of_a_message_does_nothing(smtp: MailServer, work: Work) -> None:
    message = _queue()
    running = message.job
    Job.objects.filter(uuid=running).update(status="processing")
    services.send_later(message, urgent=True)
    services.send_later(Message.objects.get(), urgent=True)
    assert running is not None
    assert delivery.attempt(system("jobs"), message.uuid, job=running, last=False) == "unchanged"
    assert work() == 1, "jobs that waited are gone"
    assert len(smtp.received) == 1


def test_a_forgotten_customer_gets_no_more_mail(smtp: MailServer, work: Work) -> None:
    message = _queue()
    assert message.customer
    services.forget(message.customer)
    work()
    assert not smtp.received


@pytest.mark.spec("SET-31")
def test_settings_removed_meanwhile_keep_the_mail(smtp: MailServer, work: Work) -> None:
    message = _queue()
    preferences.Preference.objects.filter(name="mail.sender_email").delete()
    work()
    message.refresh_from_db()
    assert (message.state, smtp.received) == ("kept", [])
    assert LINK in sealing.read(message).text


def test_values_add_no_headers(smtp: MailServer, work: Work) -> None:
    evil = "x\r\nBcc: eve@example.com\r\n\r\n<script>alert(1)</script>"
    services.queue("license-issued", to="john@example.com", variables={"product_name": evil, "customer_name": evil})
    work()
    mail = smtp.only
    assert mail["Bcc"] is None
    assert "eve@example.com" in mail["Subject"]
    assert smtp.envelopes[0][1] == ["john@example.com"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()
