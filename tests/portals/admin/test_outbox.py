"""The Outbox page: trying the product without a mail server, and not reading other people's links with one."""

from uuid import UUID

import pytest
from django.test import Client

from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.models import Job
from keyturn.platform.mail import services
from keyturn.platform.mail.models import Message
from tests.jobs import Work
from tests.mailserver import MailServer, mail_server, smtp
from tests.portals.conftest import ClientOf

__all__ = ["smtp"]
pytestmark = pytest.mark.django_db
LINK = "http://127.0.0.1:8000/customer/enter/t0ken-1"


def _queue(template: str = "magic-link", customer: UUID | None = None) -> Message:
    variables = {"action_url": LINK, "product_name": "<b>Pro</b> App", "expiry_date": "noon", "ip_address": "::1"}
    services.queue(template, to="john@example.com", variables=variables, customer=customer)
    return Message.objects.latest("id")


@pytest.mark.spec("SET-31")
def test_without_mail_settings_links_are_found_here(super_admin: Client) -> None:
    message = _queue()
    page = super_admin.get("/admin/outbox").content.decode()
    assert "Mail is not set up" in page
    assert f"/admin/outbox/{message.uuid}" in page
    assert "john@example.com" in page
    assert LINK not in page
    detail = super_admin.get(f"/admin/outbox/{message.uuid}").content.decode()
    assert f'href="{LINK}"' in detail
    assert "Send again" not in detail
    html = super_admin.get(f"/admin/outbox/{message.uuid}/html")
    assert f'href="{LINK}"' in html.content.decode()


def test_the_html_part_can_do_nothing(super_admin: Client) -> None:
    message = _queue("license-issued")
    detail = super_admin.get(f"/admin/outbox/{message.uuid}").content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in detail
    html = super_admin.get(f"/admin/outbox/{message.uuid}/html")
    assert "&lt;b&gt;Pro&lt;/b&gt; App" in html.content.decode()
    assert "sandbox" in html["Content-Security-Policy"]
    assert "script-src" not in html["Content-Security-Policy"]
    assert html["X-Frame-Options"] == "SAMEORIGIN"
    assert html["Cache-Control"] == "no-store"


def test_an_admin_reads_no_one_time_links(client_of: ClientOf) -> None:
    """He could sign in as the customer, or as a Super Admin."""
    secret, plain = _queue(), _queue("license-issued")
    client = client_of("admin")
    for part in ("", "/html"):
        assert "t0ken" not in client.get(f"/admin/outbox/{secret.uuid}{part}").content.decode()
        assert "Pro" in client.get(f"/admin/outbox/{plain.uuid}{part}").content.decode()


def test_with_mail_settings_nobody_reads_one_time_links(super_admin: Client, smtp: MailServer) -> None:
    smtp.refuse["recipient"] = "550 no"
    message = _queue()
    for part in ("", "/html"):
        assert "t0ken" not in super_admin.get(f"/admin/outbox/{message.uuid}{part}").content.decode()


def test_a_kept_mail_can_be_sent_once_mail_is_set_up(super_admin: Client, work: Work) -> None:
    message = _queue()
    refused = super_admin.post(f"/admin/outbox/{message.uuid}/resend", follow=True)
    assert b"Mail is not set up." in refused.content
    with mail_server() as server:
        server.use()
        assert b"Send" in super_admin.get(f"/admin/outbox/{message.uuid}").content
        super_admin.post(f"/admin/outbox/{message.uuid}/resend")
        work()
        assert len(server.received) == 1
        assert b"removed once it is sent" in super_admin.get(f"/admin/outbox/{message.uuid}").content
        again = super_admin.post(f"/admin/outbox/{message.uuid}/resend", follow=True)
        assert b"sent already" in again.content
        work()
        assert len(server.received) == 1
    assert AuditEvent.objects.filter(action="mail.resent").count() == 1


def test_sending_again_takes_the_failed_job_away(super_admin: Client, work: Work) -> None:
    with mail_server() as server:
        server.use()
        server.refuse["recipient"] = "550 no"
        message = _queue()
        work()
        failed = Job.objects.get(status="failed")
        assert failed.uuid == Message.objects.get().job
        server.refuse.clear()
        super_admin.post(f"/admin/outbox/{message.uuid}/resend")
        assert not Job.objects.filter(pk=failed.pk).exists()
        work()
        assert len(server.received) == 1
    assert not Job.objects.filter(kind__startswith="mail").exists()


def test_filters_and_an_erased_customer(super_admin: Client) -> None:
    customer = Customer.objects.create(email="john@example.com")
    _queue("license-issued", customer.uuid)
    _queue("magic-link")
    page = super_admin.get(f"/admin/outbox?customer={customer.uuid}").content.decode()
    assert ("License issued" in page, "Your sign-in link" in page) == (True, False)
    assert "No mail" not in super_admin.get("/admin/outbox?state=kept&template=magic-link").content.decode()
    services.forget(customer.uuid)
    page = super_admin.get(f"/admin/outbox?customer={customer.uuid}").content.decode()
    assert "Erased mail" in page
    assert "john@example.com" not in page.split("<tbody")[1]


def test_a_page_of_mails_takes_few_queries(super_admin: Client, django_assert_max_num_queries: object) -> None:
    for number in range(15):
        customer = Customer.objects.create(email=f"c{number}@example.com")
        _queue("license-issued", customer.uuid)
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        super_admin.get("/admin/outbox")
