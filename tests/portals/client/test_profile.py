"""Profile and settings: what a customer changes about himself."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from keyturn.core import clock
from keyturn.licensing.licenses.status import Status
from keyturn.operations.privacy import pdf, prepared
from keyturn.operations.privacy.models import ComplianceRecord, PreparedExport
from keyturn.people.customers.models import Customer, CustomerSettings
from keyturn.people.signin import alerts, sessions
from keyturn.people.signin.middleware import COOKIE
from keyturn.people.signin.models import Session
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail import sealing
from keyturn.platform.mail.models import Message
from keyturn.platform.preferences import services as preferences
from tests.jobs import Work
from tests.licensing.conftest import LicenseIn
from tests.portals.client.conftest import CUSTOMER_PASSWORD
from tests.portals.conftest import VisitOf

pytestmark = pytest.mark.django_db
NEW = "Another-Voyage 77"


@pytest.fixture
def portal(john: Customer, visit_of: VisitOf) -> Client:
    """The portal as John sees it."""
    return visit_of(john)


def _text(answer: object) -> str:
    body = re.sub(r"<svg.*?</svg>", "", answer.content.decode(), flags=re.S)  # type: ignore[attr-defined]
    return " ".join(re.sub("<[^>]+>", " ", body).split())


@pytest.mark.spec("CLP-50")
def test_what_the_profile_says(portal: Client, john: Customer) -> None:
    page = portal.get("/customer/profile")
    body = page.content.decode()
    assert 'value="john@example.com" readonly' in body
    for words in ("Display name * ", "Member since", "It cannot be changed", "Recent sign-ins", "This browser"):
        assert words in _text(page)
    assert john.password not in body


@pytest.mark.spec("CLP-50")
def test_the_name(portal: Client, john: Customer) -> None:
    assert portal.post("/customer/profile", {"name": "Jonathan Smith"}).status_code == 302
    assert "Jonathan Smith" in portal.get("/customer/profile").content.decode()
    for wrong in ("", "x" * 256):
        answer = portal.post("/customer/profile", {"name": wrong, "email": "other@example.com"})
        assert answer.status_code == 422
    assert portal.post("/customer/profile", {"name": "x" * 255}).status_code == 302
    portal.post("/customer/profile", {"name": "Jonathan Smith"})
    john.refresh_from_db()
    assert (john.name, john.email) == ("Jonathan Smith", "john@example.com")


@pytest.mark.spec("CLP-51", "CUS-32")
def test_a_new_password_ends_other_sessions_and_is_told(portal: Client, john: Customer, visit_of: VisitOf) -> None:
    elsewhere = visit_of(john)
    given = {"current": CUSTOMER_PASSWORD, "password": NEW, "again": NEW}
    assert portal.post("/customer/profile/password", given).status_code == 302
    assert "Password changed" in _text(portal.get("/customer/profile"))
    assert elsewhere.get("/customer/profile").status_code == 302
    assert Message.objects.filter(template="password-changed", customer=john.uuid).exists()
    signed_in = Client().post("/customer/login", {"email": john.email, "password": NEW})
    assert signed_in.cookies[COOKIE].value


@pytest.mark.spec("CLP-51")
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"current": "wrong", "password": NEW, "again": NEW}, "not your current password"),
        ({"current": CUSTOMER_PASSWORD, "password": "short", "again": "short"}, "at least 10 characters"),
        ({"current": CUSTOMER_PASSWORD, "password": NEW, "again": NEW + "!"}, "two new passwords differ"),
        ({"current": CUSTOMER_PASSWORD, "password": CUSTOMER_PASSWORD, "again": CUSTOMER_PASSWORD}, "another password"),
        ({}, "Enter your current password"),
    ],
)
def test_a_refused_password_changes_nothing_and_says_why(
    given: dict[str, str], words: str, portal: Client, john: Customer, visit_of: VisitOf
) -> None:
    elsewhere = visit_of(john)
    answer = portal.post("/customer/profile/password", given)
    assert answer.status_code == 422
    assert words.lower() in _text(answer).lower()
    assert not any(value in answer.content.decode() for value in given.values() if len(value) > 6)
    assert Customer.objects.get(pk=john.pk).password == john.password
    assert elsewhere.get("/customer/profile").status_code == 200


@pytest.mark.spec("CLP-51")
def test_guessing_the_present_password_is_slowed_down(portal: Client, john: Customer) -> None:
    for _ in range(6):
        answer = portal.post("/customer/profile/password", {"current": "wrong", "password": NEW, "again": NEW})
    assert "Too many attempts" in _text(answer)


@pytest.mark.spec("CUS-32", "CLP-52")
def test_sessions_are_seen_and_ended(portal: Client, john: Customer, visit_of: VisitOf) -> None:
    others = [visit_of(john), visit_of(john)]
    page = _text(portal.get("/customer/profile"))
    assert page.count("last used just now") == 3
    assert page.count("This browser") == 1
    here = Session.objects.order_by("pk").first()
    there = Session.objects.order_by("pk")[1]
    assert portal.post(f"/customer/profile/sessions/{there.uuid}/end").status_code == 302
    assert [one.get("/customer/dashboard").status_code for one in (portal, *others)] == [200, 302, 200]
    assert portal.post("/customer/profile/sessions/end").status_code == 302
    assert list(Session.objects.all()) == [here]
    assert AuditEvent.objects.filter(action="customer.sessions_ended", customer_uuid=john.uuid).count() == 2
    assert "Sign out everywhere else" not in _text(portal.get("/customer/profile"))


@pytest.mark.spec("CLP-50")
def test_refused_sign_ins_are_shown(portal: Client, john: Customer) -> None:
    Client().post("/customer/login", {"email": john.email, "password": "wrong"}, headers={"User-Agent": "Firefox/1"})
    page = _text(portal.get("/customer/profile"))
    assert "Wrong password Firefox" in page


@pytest.mark.spec("CLP-60", "CLP-61", "CLP-04")
def test_settings_apply_when_they_are_saved(portal: Client, john: Customer) -> None:
    assert '<option value="UTC" selected>' in portal.get("/customer/settings").content.decode()
    answer = portal.post("/customer/settings", {"timezone": "Pacific/Auckland", "email_notifications": "on"})
    assert answer.status_code == 302
    chosen = CustomerSettings.objects.get()
    assert (chosen.timezone, chosen.email_notifications, chosen.security_alerts) == ("Pacific/Auckland", True, False)
    Customer.objects.update(joined_at="2026-01-26T20:00:00Z")
    assert "Member since Jan 27, 2026" in _text(portal.get("/customer/profile"))
    assert AuditEvent.objects.get(action="customer.updated").changes == {"fields": ["timezone", "security_alerts"]}


@pytest.mark.spec("CLP-61")
def test_an_unknown_timezone_is_refused(portal: Client) -> None:
    answer = portal.post("/customer/settings", {"timezone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert "Choose a timezone of the list" in _text(answer)
    assert not CustomerSettings.objects.exists()


@pytest.mark.spec("CLP-61")
def test_who_wants_no_alerts_gets_the_mandatory_ones(portal: Client, john: Customer) -> None:
    portal.post("/customer/settings", {"timezone": "UTC"})
    alerts.send(john, alerts.Alert.NEW_DEVICE, "203.0.113.7", device="Firefox")
    alerts.send(john, alerts.Alert.PASSWORD_CHANGED, "203.0.113.7")
    assert list(Message.objects.values_list("template", flat=True)) == ["password-changed"]


@pytest.mark.spec("CLP-23", "CLP-01")
def test_the_vendor_and_his_support_are_named(portal: Client, john: Customer) -> None:
    assert "mailto:" not in portal.get("/customer/dashboard").content.decode()
    preferences.set_value("general.app_name", "Fernwood Software")
    preferences.set_value("general.support_email", "support@fernwood.example")
    for page in ("dashboard", "profile", "downloads", "licenses"):
        body = portal.get(f"/customer/{page}").content.decode()
        assert "Fernwood Software</title>" in body
        assert 'href="mailto:support@fernwood.example"' in body
        assert "Help</a>" in body
    assert sessions.open_sessions(john).count() == 1


@pytest.mark.spec("CUS-42", "CLP-52")
def test_a_customer_takes_his_data_with_him(portal: Client, john: Customer) -> None:
    answer = portal.post("/customer/profile/export", {"format": "json"})
    assert "attachment" in answer["Content-Disposition"]
    data = answer.json()
    assert data["customer"]["email"] == john.email
    assert data["customer"]["settings"]["timezone"] == "UTC"
    assert john.password not in answer.content.decode()
    record = ComplianceRecord.objects.get()
    assert (record.delivery, record.actor_kind, record.actor_id) == ("portal", "customer", str(john.uuid))
    assert portal.post("/customer/profile/export", {"format": "csv"})["Content-Type"] == "application/zip"
    assert portal.post("/customer/profile/export", {"format": "exe"}).status_code == 302
    assert ComplianceRecord.objects.count() == 2


@pytest.mark.spec("CUS-42", "CUS-41", "CUS-44")
def test_much_data_is_collected_by_a_job(
    portal: Client, john: Customer, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "LARGE", 0)
    answer = portal.post("/customer/profile/export", {"format": "json"})
    state = answer["Location"]
    assert portal.post("/customer/profile/export", {"format": "json"})["Location"] == state  # one at a time
    waiting = portal.get(state).content.decode()
    assert "Collecting your data" in waiting
    assert f'hx-get="{state}"' in waiting
    assert portal.post(state).status_code == 302  # not ready yet
    assert not ComplianceRecord.objects.exists()
    work()
    assert "Your data is ready" in _text(portal.get(state))
    assert "data-download" in portal.get(state).content.decode()  # the page stays, and so does its button
    for _ in range(2):
        file = portal.post(state)
        assert (file.json()["customer"]["email"], "no-store" in file["Cache-Control"]) == (john.email, True)
    record = ComplianceRecord.objects.get()
    assert (record.delivery, record.actor_kind, record.actor_id) == ("portal", "customer", str(john.uuid))
    with clock.fixed(clock.now() + timedelta(days=1, minutes=1)):
        assert prepared.own(john).count() == 0
    PreparedExport.objects.update(expires_at=clock.now())
    assert (portal.get(state).status_code, portal.post(state).status_code) == (404, 404)


@pytest.mark.spec("CUS-42")
def test_what_could_not_be_collected_says_so(
    portal: Client, work: Work, monkeypatch: pytest.MonkeyPatch, license_in: LicenseIn
) -> None:
    monkeypatch.setattr(prepared, "LARGE", 0)
    monkeypatch.setattr(pdf, "MOST_ROWS", 0)
    license_in(Status.ASSIGNED)
    state = portal.post("/customer/profile/export", {"format": "pdf"})["Location"]
    work()
    assert "too many for a PDF" in _text(portal.get(state))


@pytest.mark.spec("CUS-10", "CUS-23")
def test_a_customer_confirms_his_address(portal: Client, john: Customer) -> None:
    assert "Not confirmed" in _text(portal.get("/customer/profile"))
    portal.post("/customer/profile/verify-email")
    content = sealing.read(Message.objects.get(template="email-verification"))
    link = re.search(r"/customer/verify\?token=[\w-]+", content.text)
    assert link
    assert content.to == john.email
    anybody = Client()
    for _ in range(3):  # a mail scanner looks
        assert anybody.get(link[0]).status_code == 200
    assert Customer.objects.get(pk=john.pk).email_verified_at is None
    assert anybody.post(link[0]).status_code == 302
    assert Customer.objects.get(pk=john.pk).email_verified_at is not None
    page = _text(portal.get("/customer/profile"))
    assert "Confirmed. It cannot be changed" in page
    assert "Send a confirmation link" not in page
    assert anybody.post(link[0]).status_code == 410
    portal.post("/customer/profile/verify-email")
    assert "confirmed already" in _text(portal.get("/customer/profile"))
    assert Message.objects.filter(template="email-verification").count() == 1


@pytest.mark.spec("CUS-31")
def test_confirmation_links_are_not_sent_without_end(portal: Client, john: Customer) -> None:
    for _ in range(8):
        answer = portal.post("/customer/profile/verify-email")
    assert answer.status_code == 302
    assert "Too many attempts" in _text(portal.get("/customer/profile"))
    assert Message.objects.filter(template="email-verification").count() == 5
