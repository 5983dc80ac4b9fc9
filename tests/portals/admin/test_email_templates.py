"""The e-mail templates page."""

import re

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail import editing
from keyturn.platform.mail.models import EmailTemplate
from keyturn.platform.mail.templates import built_in
from tests.mailserver import MailServer, smtp

__all__ = ["smtp"]
pytestmark = pytest.mark.django_db
TYPED = {
    "name": "Price note",
    "slug": "price-note",
    "category": "Own",
    "subject": "News for {{customer_name}}",
    "format": "markdown",
    "body": "Hello {{customer_name}}, see [this]({{link}}).",
    "variables": "link",
    "enabled": "on",
}


@pytest.fixture
def invitation(owner: Actor) -> EmailTemplate:
    """A built-in template in the table."""
    editing.seed(owner)
    return EmailTemplate.objects.get(slug="customer-invitation")


@pytest.mark.spec("EML-01", "EML-02", "EML-03", "EML-12")
def test_seeding_from_the_empty_page_and_searching(super_admin: Client) -> None:
    assert b"Seed Defaults" in super_admin.get("/admin/email-templates").content
    answer = super_admin.post("/admin/email-templates/seed", follow=True)
    page = answer.content.decode()
    assert f"{len(built_in())} templates created" in page
    for text in ("Customer invitation", "customer-invitation", "Enabled", "Never", "Create Template"):
        assert text in page
    heads = re.findall(r'<th scope="rowgroup"[^>]*>([^<]+)</th>', page)
    assert heads == sorted({one.category for one in built_in().values()})
    assert 'scope="rowgroup"' not in super_admin.get("/admin/email-templates?sort=name").content.decode()
    found = super_admin.get("/admin/email-templates?search=magic").content.decode()
    assert ("magic-link" in found, "ticket-created" in found) == (True, False)
    found = super_admin.get("/admin/email-templates?category=Tickets&status=enabled").content.decode()
    assert ("magic-link" in found, "ticket-created" in found) == (False, True)


@pytest.mark.spec("EML-04", "EML-06")
def test_creating_a_template(super_admin: Client) -> None:
    refused = super_admin.post("/admin/email-templates/create", {**TYPED, "variables": "unused"})
    assert refused.status_code == 422
    assert "Line 1, column 37: {{link}} is not one of the variables" in refused.content.decode()
    assert not EmailTemplate.objects.exists()
    answer = super_admin.post("/admin/email-templates/create", {**TYPED, "variables": "link, unused"}, follow=True)
    assert "Declared but not used: unused." in answer.content.decode()
    template = EmailTemplate.objects.get()
    assert (template.variables, template.enabled) == (["link", "unused"], True)


@pytest.mark.spec("EML-05")
def test_the_slug_of_a_built_in_template_is_locked(super_admin: Client, invitation: EmailTemplate) -> None:
    url = f"/admin/email-templates/{invitation.uuid}"
    posted = {**TYPED, "slug": "else", "variables": "link", "version": str(invitation.version)}
    assert super_admin.post(url, posted).status_code == 302
    invitation.refresh_from_db()
    assert (invitation.slug, invitation.subject) == ("customer-invitation", "News for {{customer_name}}")
    stale = super_admin.post(url, posted)
    assert "changed meanwhile" in stale.content.decode()
    assert super_admin.post(f"{url}/restore").status_code == 302
    invitation.refresh_from_db()
    assert invitation.body == built_in()["customer-invitation"].body
    super_admin.post(f"{url}/restore", {"number": "2"})
    invitation.refresh_from_db()
    assert invitation.subject == "News for {{customer_name}}"


@pytest.mark.spec("EML-10")
def test_the_preview_shows_what_is_typed_and_can_do_nothing(super_admin: Client) -> None:
    answer = super_admin.post("/admin/email-templates/preview", TYPED)
    page = answer.content.decode()
    assert "News for John Smith" in page
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    broken = super_admin.post("/admin/email-templates/preview", {**TYPED, "body": "a\n{{x}}"}).content.decode()
    assert "Body: Line 2, column 1: {{x}} is not one of the variables of this template." in broken
    assert not EmailTemplate.objects.exists()


@pytest.mark.spec("EML-11")
def test_a_test_mail(super_admin: Client, invitation: EmailTemplate, smtp: MailServer) -> None:
    url = f"/admin/email-templates/{invitation.uuid}/test"
    assert b"super_admin@keyturn.example" in super_admin.get(url).content
    assert super_admin.post(url, {"to": "me@example.com"}).status_code == 204
    assert smtp.only["Subject"] == "[TEST] Welcome to Keyturn: your Pro App license"
    invitation.refresh_from_db()
    assert invitation.sent_count == 0
    smtp.refuse["recipient"] = "550 no such user"
    assert b"Recipient refused." in super_admin.post(url, {"to": "me@example.com"}).content
    assert b"valid e-mail address" in super_admin.post(url, {"to": "me"}).content
    for _ in range(9):
        super_admin.post(url, {"to": "me@example.com"})
    assert AuditEvent.objects.filter(action="email_template.tested").count() == 10


@pytest.mark.spec("EML-05", "EML-14")
def test_disabling_and_deleting(super_admin: Client, invitation: EmailTemplate) -> None:
    issued = EmailTemplate.objects.get(slug="license-issued")
    super_admin.post(f"/admin/email-templates/{issued.uuid}/enable", {"enabled": "0"})
    refused = super_admin.post(f"/admin/email-templates/{invitation.uuid}/enable", {"enabled": "0"}, follow=True)
    assert "cannot be disabled" in refused.content.decode()
    offered = super_admin.get("/admin/email-templates?search=customer-invitation").content.decode()
    assert "Disable<" not in offered, "what is always refused is not offered"
    form = super_admin.get(f"/admin/email-templates/{invitation.uuid}").content.decode()
    assert re.search('name="enabled"[^>]* disabled', form)
    assert "Enable<" in super_admin.get("/admin/email-templates?search=license-issued").content.decode()
    assert set(EmailTemplate.objects.filter(enabled=False)) == {issued}
    super_admin.post(f"/admin/email-templates/{issued.uuid}/delete")
    assert EmailTemplate.objects.filter(pk=issued.pk).exists()
    super_admin.post("/admin/email-templates/create", TYPED)
    own = EmailTemplate.objects.get(slug="price-note")
    assert super_admin.post(f"/admin/email-templates/{own.uuid}/delete").status_code == 204
    assert not EmailTemplate.objects.filter(pk=own.pk).exists()


@pytest.mark.spec("EML-10")
def test_a_preview_does_not_ask_for_a_name(super_admin: Client) -> None:
    typed = {**TYPED, "name": "", "slug": "", "category": ""}
    assert "News for John Smith" in super_admin.post("/admin/email-templates/preview", typed).content.decode()
