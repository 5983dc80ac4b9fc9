"""Writing to a customer from his page."""

import re

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.people.customers.models import Customer
from keyturn.platform.mail import editing, sealing
from keyturn.platform.mail.drafts import Draft
from keyturn.platform.mail.models import EmailTemplate, Message
from tests.jobs import Work
from tests.mailserver import MailServer, smtp
from tests.portals.admin.conftest import generator, product
from tests.portals.conftest import ClientOf

__all__ = ["generator", "product", "smtp"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def sarah(owner: Actor, generator: Generator) -> Customer:
    """A customer with one license, and no mails."""
    services.issue(owner, generator, "sarah@company.com")
    Customer.objects.update(name="Sarah <b>")
    Message.objects.all().delete()
    return Customer.objects.get()


@pytest.mark.spec("CUS-15", "CUS-16")
def test_a_letter_arrives_and_stands_on_the_timeline(
    super_admin: Client, sarah: Customer, smtp: MailServer, work: Work
) -> None:
    page = super_admin.get(f"/admin/customers/{sarah.uuid}").content.decode()
    assert f"/admin/customers/{sarah.uuid}/letter" in page
    assert "mailto:sarah" in page
    posted = {"subject": "About\nyour order", "body": "Dear **Sarah**, <script>x</script>", "format": "markdown"}
    answer = super_admin.post(f"/admin/customers/{sarah.uuid}/letter", posted)
    assert answer.status_code == 204
    work()
    mail = smtp.only
    assert (mail["To"], mail["Subject"]) == ("sarah@company.com", "About your order")
    html = mail.get_body(("html",))
    assert html is not None
    assert "<strong>Sarah</strong>" in html.get_content()
    assert "<script" not in html.get_content()
    page = super_admin.get(f"/admin/customers/{sarah.uuid}").content.decode()
    assert "Wrote an e-mail" in page
    assert "E-mail sent: Composed e-mail" in page
    log = super_admin.get(f"/admin/outbox?customer={sarah.uuid}").content.decode()
    assert "About your order" in log


@pytest.mark.spec("CUS-16")
def test_a_template_fills_the_composer(super_admin: Client, owner: Actor, sarah: Customer) -> None:
    editing.create(owner, Draft("News", "news", "Own", "For {{customer_name}}", "<p>{{customer_name}}</p>", "html"))
    url = f"/admin/customers/{sarah.uuid}/letter"
    plain = super_admin.get(url).content.decode()
    assert "News" in plain
    assert "License expiring" in plain
    assert "Magic link" not in plain
    page = super_admin.get(url, {"template": "license-expiring"}).content.decode()
    assert "Pro App" in page
    # There is no support address yet: what is missing stays in sight.
    assert set(re.findall(r"{{.*?}}", page)) == {"{{support_email}}"}
    page = super_admin.get(url, {"template": "news"}).content.decode()
    assert "&lt;p&gt;Sarah &amp;lt;b&amp;gt;&lt;/p&gt;" in page
    assert 'value="html"' in page
    assert super_admin.get(url, {"template": "magic-link"}).status_code == 200
    editing.seed(owner)
    assert super_admin.get(url).content.decode().count("License expiring") == plain.count("License expiring")
    editing.set_enabled(owner, EmailTemplate.objects.get(slug="license-expiring"), enabled=False)
    assert "License expiring" not in super_admin.get(url).content.decode()


def test_what_is_missing_is_said_and_kept_without_mail_settings(super_admin: Client, sarah: Customer) -> None:
    url = f"/admin/customers/{sarah.uuid}/letter"
    refused = super_admin.post(url, {"subject": "", "body": "Text"})
    assert refused.status_code == 422
    assert "Enter a subject." in refused.content.decode()
    refused = super_admin.post(url, {"subject": "S", "body": "Dear {{customer_name}}"})
    assert "Line 1, column 6" in refused.content.decode()
    super_admin.post(url, {"subject": "S", "body": "Dear Sarah"})
    message = Message.objects.get()
    assert (message.state, sealing.read(message).text) == ("kept", "Dear Sarah\n")


@pytest.mark.spec("CUS-50")
def test_those_who_only_read_write_nothing(client_of: ClientOf, sarah: Customer) -> None:
    for role in ("operator", "viewer"):
        client = client_of(role)
        assert b"/letter" not in client.get(f"/admin/customers/{sarah.uuid}").content
        assert client.post(f"/admin/customers/{sarah.uuid}/letter", {"subject": "S", "body": "B"}).status_code == 403
    assert not Message.objects.exists()
