"""The ways in to the Client Portal: password, sign-in link, invitation, reset; and what guessing meets."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services as licenses
from keyturn.people.admins import services as admins
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer, CustomerSettings
from keyturn.people.signin import accounts, invitations, links, passwords, sessions
from keyturn.people.signin.links import Purpose
from keyturn.people.signin.models import Link, Session, SignIn
from keyturn.people.signin.refusals import SignInRefused
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail.models import Message
from keyturn.platform.mail.sealing import read
from keyturn.platform.preferences import services as preferences
from tests.jobs import Work
from tests.licensing.conftest import generator, product
from tests.portals.client.conftest import CUSTOMER_PASSWORD
from tests.portals.conftest import VisitOf

__all__ = ["generator", "product"]
pytestmark = pytest.mark.django_db
HOME, LOGIN = "/customer/dashboard", "/customer/login"
NEW = "Another-Harbour 7"


def _link(customer: Customer, purpose: Link.Purpose) -> str:
    """The path of a fresh link."""
    parts = urlsplit(links.issue(customer, purpose)[0])
    return f"{parts.path}?{parts.query}"


def _mailed(template: str, to: str) -> str:
    """The path of the link in the newest mail of this kind."""
    content = read(Message.objects.filter(template=template).latest("pk"))
    assert content.to == to
    found = re.search(r"https?://\S+?(/customer/\S+?token=[\w-]+)", content.text)
    assert found, content.text
    return found[1]


def _events(customer: Customer) -> list[str]:
    return list(AuditEvent.objects.filter(customer_uuid=customer.uuid).order_by("pk").values_list("action", flat=True))


@pytest.mark.spec("CUS-30")
def test_a_sign_in_link_is_asked_for_mailed_and_followed_once(sarah: Customer, work: Work) -> None:
    client = Client()
    page = client.post("/customer/login/link", {"email": " Sarah@Company.com "}).content.decode()
    assert "Check your e-mail" in page
    work()
    path = _mailed("magic-link", sarah.email)
    for _ in range(3):
        shown = client.get(path)
        assert shown.status_code == 200
        assert "sarah@company.com" in shown.content.decode()
    assert client.get(HOME).status_code == 302
    assert client.post(path)["Location"] == HOME
    assert client.get(HOME).status_code == 200
    sarah.refresh_from_db()
    assert sarah.email_verified_at is not None
    assert _events(sarah)[-3:] == ["customer.signin_link_requested", "customer.email_verified", "customer.signed_in"]
    again = Client().post(path)
    assert again.status_code == 410
    assert "This link was used already" in again.content.decode()
    assert "/customer/login/link" in again.content.decode()


@pytest.mark.spec("CUS-30", "CUS-23")
@pytest.mark.parametrize(
    ("purpose", "lasts"),
    [
        (Purpose.SIGN_IN, timedelta(minutes=15)),
        (Purpose.RESET, timedelta(minutes=60)),
        (Purpose.INVITATION, timedelta(hours=72)),
        (Purpose.VERIFY, timedelta(hours=72)),
    ],
)
def test_links_last_as_long_as_they_say(purpose: Link.Purpose, lasts: timedelta, sarah: Customer) -> None:
    start = clock.now()
    with clock.fixed(start):
        path = _link(sarah, purpose)
    with clock.fixed(start + lasts - timedelta(seconds=1)):
        assert Client().get(path).status_code == 200
    with clock.fixed(start + lasts):
        for answer in (Client().get(path), Client().post(path, {"password": NEW, "again": NEW})):
            assert answer.status_code == 410
            assert "This link has expired" in answer.content.decode()
    assert not Session.objects.exists()


def test_links_of_one_purpose_open_nothing_else(john: Customer) -> None:
    pages = {
        Purpose.SIGN_IN: "/customer/link",
        Purpose.RESET: "/customer/reset",
        Purpose.INVITATION: "/customer/invitation",
        Purpose.VERIFY: "/customer/verify",
    }
    for purpose in pages:
        token = _link(john, purpose).partition("token=")[2]
        for other, page in pages.items():
            for text in (token, token[:-1], f"{token}x", "", "'"):
                found = Client().get(page, {"token": text})
                expected = 200 if (other, text) == (purpose, token) else 404
                assert found.status_code == expected, (purpose, other, text)
    assert "This link is not complete" in Client().get("/customer/reset").content.decode()


@pytest.mark.spec("CUS-23", "CUS-31")
@pytest.mark.parametrize("purpose", [Purpose.SIGN_IN, Purpose.RESET, Purpose.INVITATION, Purpose.VERIFY])
def test_a_mail_scanner_that_looks_uses_nothing_up(purpose: Link.Purpose, sarah: Customer) -> None:
    path = _link(sarah, purpose)
    for _ in range(3):
        for look in (Client().get, Client().head):
            assert look(path).status_code == 200
    sarah.refresh_from_db()
    assert (sarah.email_verified_at, Session.objects.count(), SignIn.objects.count()) == (None, 0, 0)
    assert Link.objects.get().used_at is None
    assert Client().post(path, {"password": NEW, "again": NEW}).status_code == 302
    assert Client().post(path, {"password": NEW, "again": NEW}).status_code == 410


@pytest.mark.spec("CUS-34")
def test_a_link_of_an_admin_opens_nothing_here_nor_the_other_way_round(owner: Actor, john: Customer) -> None:
    admin = admins.add(owner, name="John Smith", email=john.email, role="viewer")
    for purpose, page in ((Purpose.INVITATION, "invitation"), (Purpose.RESET, "reset")):
        token = links.issue(admin, purpose)[0].rpartition("/")[2]
        answer = Client().post(f"/customer/{page}?token={token}", {"password": NEW, "again": NEW})
        assert answer.status_code == 404
        his = _link(john, purpose).partition("token=")[2]
        assert Client().post(f"/welcome/{his}", {"password": NEW, "again": NEW}).status_code == 404
    assert not Session.objects.exists()


@pytest.mark.spec("CUS-23", "CUS-20")
def test_the_first_license_invites_and_the_invitation_sets_a_password(owner: Actor, generator: Generator) -> None:
    licenses.issue(owner, generator, "New@Email.com")
    licenses.issue(owner, generator, "new@email.com")
    customer = Customer.objects.get()
    assert Message.objects.filter(template="customer-invitation").count() == 1
    content = read(Message.objects.get(template="customer-invitation"))
    assert "Pro App" in content.text
    path, client = _mailed("customer-invitation", "new@email.com"), Client()
    page = client.get(path).content.decode()
    assert "Choose a password for new@email.com" in page
    assert "At least 10 characters" in page
    for given, complaint in (
        ({"password": NEW, "again": "other"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "Use at least 10 characters."),
        ({"password": "new@email.com", "again": "new@email.com"}, "too similar"),
        ({"password": "1q2w3e4r5t6y", "again": "1q2w3e4r5t6y"}, "too common"),
    ):
        answer = client.post(path, given).content.decode()
        assert complaint in answer
        assert given["password"] not in answer.replace("new@email.com", "")
    assert client.post(path, {"password": NEW, "again": NEW})["Location"] == HOME
    customer.refresh_from_db()
    assert check_password(NEW, customer.password)
    assert customer.password.startswith("bcrypt")
    assert customer.email_verified_at is not None
    assert Client().get(path).status_code == 410
    assert _events(customer)[0:2] == ["customer.created", "customer.invited"]


@pytest.mark.spec("CUS-23")
def test_an_invitation_lets_in_without_a_password(sarah: Customer) -> None:
    client, path = Client(), _link(sarah, Purpose.INVITATION)
    assert client.post(path, {"without": "1"})["Location"] == HOME
    assert client.get(HOME).status_code == 200
    sarah.refresh_from_db()
    assert (sarah.password, sarah.email_verified_at is None) == ("", False)


@pytest.mark.spec("CUS-20")
def test_a_product_that_sends_nothing_invites_nobody(owner: Actor, generator: Generator) -> None:
    generator.product.email_on_issue = False
    generator.product.save()
    licenses.issue(owner, generator, "new@email.com")
    assert not Message.objects.exists()
    assert "customer.invited" not in _events(Customer.objects.get())


@pytest.mark.spec("CUS-31", "CUS-32")
def test_a_forgotten_password_is_replaced_and_everything_open_ends(
    john: Customer, visit_of: VisitOf, work: Work
) -> None:
    elsewhere, client = visit_of(john), Client()
    waiting = _link(john, Purpose.SIGN_IN)
    client.post("/customer/forgot", {"email": john.email})
    work()
    path = _mailed("password-reset", john.email)
    assert (
        "Choose another password than the present one."
        in client.post(path, {"password": CUSTOMER_PASSWORD, "again": CUSTOMER_PASSWORD}).content.decode()
    )
    assert elsewhere.get(HOME).status_code == 200
    assert client.post(path, {"password": NEW, "again": NEW})["Location"] == HOME
    assert client.get(HOME).status_code == 200
    assert elsewhere.get(HOME).status_code == 302
    assert Client().post(waiting).status_code == 410
    assert Client().post(LOGIN, {"email": john.email, "password": CUSTOMER_PASSWORD}).status_code == 200
    assert Client().post(LOGIN, {"email": john.email, "password": NEW}).status_code == 302
    assert {"customer.password_reset_requested", "customer.password_reset"} <= set(_events(john))
    assert read(Message.objects.get(template="password-changed")).to == john.email


@pytest.mark.spec("CUS-30")
@pytest.mark.parametrize(
    ("rule", "bad", "complaint"),
    [
        ("upper", "plain-sailing 42", "a capital letter"),
        ("lower", "PLAIN-SAILING 42", "a small letter"),
        ("digit", "Plain-Sailing xx", "a digit"),
        ("symbol", "PlainSailing42xx", "a symbol"),
    ],
)
def test_each_rule_for_passwords_is_a_setting(rule: str, bad: str, complaint: str, sarah: Customer) -> None:
    preferences.set_value(f"passwords.{rule}", True)
    path = _link(sarah, Purpose.RESET)
    assert f"with {complaint}." in Client().get(path).content.decode()
    assert f"Use {complaint}." in Client().post(path, {"password": bad, "again": bad}).content.decode()
    preferences.set_value(f"passwords.{rule}", False)
    assert Client().post(path, {"password": bad, "again": bad}).status_code == 302


@pytest.mark.spec("CUS-30")
@pytest.mark.parametrize("weak", ["password123", "Sarah-2026", "sarah@company.com"])
def test_a_password_is_neither_common_nor_the_address(weak: str, sarah: Customer) -> None:
    path = _link(sarah, Purpose.RESET)
    assert Client().post(path, {"password": weak, "again": weak}).status_code == 200
    sarah.refresh_from_db()
    assert not sarah.password


@pytest.mark.spec("CUS-11")
def test_links_of_a_closed_account_say_why_and_stay(sarah: Customer, owner: Actor) -> None:
    path = _link(sarah, Purpose.SIGN_IN)
    customers.set_status(owner, sarah, "suspended", reason="Chargeback")
    for answer in (Client().get(path), Client().post(path)):
        assert answer.status_code == 403
        assert "Your account is suspended. Contact support" in answer.content.decode()
    assert not Session.objects.exists()
    customers.set_status(owner, sarah, "active", reason="Paid")
    assert Client().post(path).status_code == 302


def _work_of(ask: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], int]:
    """The statements and the number of password hashes that a request takes."""
    hashes = []
    import bcrypt

    real = bcrypt.hashpw
    monkeypatch.setattr(bcrypt, "hashpw", lambda *given: hashes.append(1) or real(*given))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ask()
    monkeypatch.undo()
    return [re.sub(r"('[^']*'|\d+|NULL)(::\w+)?", "?", query["sql"]) for query in queries], len(hashes)


@pytest.mark.spec("CUS-31", "PRF-13", "PRF-15")
@pytest.mark.parametrize("page", ["/customer/login", "/customer/login/link", "/customer/forgot"])
def test_known_and_unknown_addresses_cost_and_answer_the_same(
    page: str, john: Customer, sarah: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(email: str) -> tuple[str, list[str], int]:
        client, given = Client(), {"email": email, "password": "not the one"}
        client.get(page)
        kept: list[str] = []
        statements, hashes = _work_of(lambda: kept.append(client.post(page, given).content.decode()), monkeypatch)
        text = kept[0].replace(email, "ADDRESS")
        return re.sub(r'value="\w{64}"|content="\w{64}"', "TOKEN", text), statements, hashes

    known, unknown, bare = ask(john.email), ask("nobody@example.com"), ask(sarah.email)
    assert known[0] == unknown[0] == bare[0]
    assert known[1] == unknown[1] == bare[1]
    assert known[2] == unknown[2] == bare[2] == (1 if page == "/customer/login" else 0)


@pytest.mark.spec("CUS-31")
def test_a_thousand_wrong_passwords_do_not_keep_the_owner_out(john: Customer, work: Work) -> None:
    start, verified = clock.now(), 0
    for number in range(1000):
        visitor = sessions.Visitor(f"198.51.{number // 250}.{number % 250}")
        with clock.fixed(start + timedelta(seconds=number)), pytest.raises(SignInRefused) as refusal:
            passwords.authenticate(accounts.CUSTOMER, john.email, "guess", visitor)
        verified += not refusal.value.wait
    assert verified < 20
    assert AuditEvent.objects.filter(action="customer.signin_paused", customer_uuid=john.uuid).count() == 1
    with clock.fixed(start + timedelta(seconds=1001)):
        owner = Client(REMOTE_ADDR="203.0.113.50")
        assert owner.post(LOGIN, {"email": john.email, "password": CUSTOMER_PASSWORD}).status_code == 429
        assert "Check your e-mail" in owner.post("/customer/login/link", {"email": john.email}).content.decode()
        work()
        assert owner.post(_mailed("magic-link", john.email))["Location"] == HOME
        assert owner.get(HOME).status_code == 200


@pytest.mark.spec("CUS-31")
def test_asking_for_links_is_limited_for_anybody_alike(john: Customer, work: Work) -> None:
    for email in (john.email, "nobody@example.com"):
        answers = [Client().post("/customer/forgot", {"email": email}).status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]
    work()
    assert Message.objects.filter(template="password-reset").count() == 5


@pytest.mark.spec("CUS-31")
def test_an_admin_lifts_a_pause(john: Customer, owner: Actor, viewer: Actor) -> None:
    for _ in range(5):
        Client().post(LOGIN, {"email": john.email, "password": "guess"})
    assert Client().post(LOGIN, {"email": john.email, "password": CUSTOMER_PASSWORD}).status_code == 429
    with pytest.raises(Exception, match="role"):
        invitations.lift_pause(viewer, john)
    invitations.lift_pause(owner, john)
    assert Client().post(LOGIN, {"email": john.email, "password": CUSTOMER_PASSWORD}).status_code == 302
    assert "customer.unlocked" in _events(john)


def test_failed_attempts_are_kept_for_the_person_to_see(john: Customer) -> None:
    Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0").post(
        LOGIN, {"email": john.email, "password": "guess"}
    )
    attempt = SignIn.objects.get()
    assert (attempt.customer, attempt.result, attempt.ip) == (john, "password", "127.0.0.1")
    assert AuditEvent.objects.get(action="customer.signin_failed").ip == "", "it is personal, and not sealed here"
    assert "customer.signin_failed" in _events(john)


def test_a_browser_never_seen_before_is_told_by_mail(john: Customer) -> None:
    for agent, mails in (("Firefox/140.0", 0), ("Firefox/140.0", 0), ("Chrome/140.0 Android", 1)):
        Client(HTTP_USER_AGENT=agent).post(LOGIN, {"email": john.email, "password": CUSTOMER_PASSWORD})
        assert Message.objects.filter(template="new-sign-in").count() == mails
    assert "Chrome on Android" in read(Message.objects.get(template="new-sign-in")).text


@pytest.mark.spec("CLP-61")
def test_who_wants_no_alerts_is_not_told_of_browsers(john: Customer) -> None:
    CustomerSettings.objects.create(customer=john, security_alerts=False)
    for agent in ("Firefox/140.0", "Chrome/140.0 Android"):
        Client(HTTP_USER_AGENT=agent).post(LOGIN, {"email": john.email, "password": CUSTOMER_PASSWORD})
    assert not Message.objects.filter(template="new-sign-in").exists()


def test_secrets_reach_no_log(john: Customer, caplog: pytest.LogCaptureFixture, work: Work) -> None:
    caplog.set_level("DEBUG")
    client = Client()
    client.post(LOGIN, {"email": john.email, "password": "a wrong Password 1"})
    client.post("/customer/forgot", {"email": john.email})
    work()
    path = _mailed("password-reset", john.email)
    client.get(f"/customer/link?{path.partition('?')[2]}")
    client.post(path, {"password": "short", "again": "short"})
    client.post(path, {"password": NEW, "again": NEW})
    client.post(path, {"password": NEW, "again": NEW})
    for secret in (path.partition("token=")[2], "a wrong Password 1", NEW, john.email):
        assert secret not in caplog.text


def test_the_session_of_somebody_else_ends_when_a_link_is_followed(
    john: Customer, sarah: Customer, visit_of: VisitOf
) -> None:
    client = visit_of(john)
    client.post(_link(sarah, Purpose.SIGN_IN))
    assert client.get(HOME).wsgi_request.customer == sarah
    assert not sessions.open_sessions(john).exists()
