"""The session of a customer: its cookie, how it ends, and that no other session stands in for it."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client, RequestFactory

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.people.admins.models import Admin
from keyturn.people.customers import services
from keyturn.people.customers.models import Customer
from keyturn.people.signin import customers, sessions
from keyturn.people.signin.middleware import COOKIE
from keyturn.people.signin.models import Session
from keyturn.platform.audit.models import AuditEvent
from keyturn.portals.client.decorators import page, route
from tests.portals.client.conftest import CUSTOMER_PASSWORD
from tests.portals.conftest import AdminOf, ClientOf, VisitOf

pytestmark = pytest.mark.django_db
HOME = "/customer/dashboard"


def _sign_in(client: Client, customer: Customer, password: str = CUSTOMER_PASSWORD, **more: object) -> HttpResponse:
    return client.post("/customer/login", {"email": customer.email, "password": password}, **more)


@pytest.mark.spec("CUS-32")
def test_signing_in_opens_the_portal_by_a_cookie_of_its_own(john: Customer) -> None:
    client = Client()
    assert client.get(HOME)["Location"] == "/customer/login?next=%2Fcustomer%2Fdashboard"
    answer = _sign_in(client, john)
    cookie = answer.cookies[COOKIE]
    assert answer["Location"] == HOME
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == ("/customer", True, "Lax", "")
    assert not cookie["secure"]
    assert client.get(HOME).status_code == 200
    session = Session.objects.get()
    assert cookie.value not in (session.token_hash, str(session.uuid))
    john.refresh_from_db()
    assert john.last_login_at is not None
    assert AuditEvent.objects.get(action="customer.signed_in").customer_uuid == john.uuid


@pytest.mark.spec("CUS-30", "CUS-21")
def test_a_domain_with_umlauts_signs_in_as_browsers_send_it(owner: Actor) -> None:
    zoe, _ = services.find_or_create(owner, "zoe@münchen.example")
    assert services.find_or_create(owner, "Zoe@xn--mnchen-3ya.example") == (zoe, False)
    Customer.objects.update(password=make_password(CUSTOMER_PASSWORD))
    given = {"email": "zoe@xn--mnchen-3ya.example", "password": CUSTOMER_PASSWORD}
    assert Client().post("/customer/login", given)["Location"] == HOME


@pytest.mark.spec("CUS-32")
def test_the_cookie_is_for_tls_alone_when_served_over_it(john: Customer) -> None:
    assert _sign_in(Client(), john, secure=True).cookies[COOKIE]["secure"]


@pytest.mark.spec("CUS-32")
def test_the_identifier_rotates_and_a_planted_one_is_dropped(john: Customer) -> None:
    client = Client()
    client.cookies[COOKIE] = "planted"
    assert _sign_in(client, john).cookies[COOKIE].value != "planted"
    first = client.cookies[COOKIE].value
    client.post("/customer/logout")
    assert client.cookies[COOKIE].value == ""
    thief = Client()
    thief.cookies[COOKIE] = first
    assert thief.get(HOME).status_code == 302


@pytest.mark.spec("CUS-34")
def test_a_session_of_one_portal_is_nothing_in_the_other(
    john: Customer, visit_of: VisitOf, client_of: ClientOf
) -> None:
    admin, customer = client_of("super_admin"), visit_of(john)
    assert admin.get(HOME)["Location"].startswith("/customer/login")
    assert customer.get("/admin/customers")["Location"].startswith("/admin/sign-in")
    customer.cookies["keyturn_admin"] = customer.cookies[COOKIE].value
    assert customer.get("/admin/customers")["Location"].startswith("/admin/sign-in")
    admin.cookies[COOKIE] = admin.cookies["keyturn_admin"].value
    assert admin.get(HOME)["Location"].startswith("/customer/login")


@pytest.mark.spec("CUS-11")
@pytest.mark.parametrize("status", ["inactive", "suspended"])
def test_closing_an_account_ends_its_sessions_at_once(
    status: str, john: Customer, owner: Actor, visit_of: VisitOf
) -> None:
    client = visit_of(john)
    services.set_status(owner, john, status, reason="Chargeback")
    assert not sessions.open_sessions(john).exists()
    answer = _sign_in(Client(), john)
    words = "suspended" if status == "suspended" else "not active"
    assert f"Your account is {words}. Contact support" in answer.content.decode()
    services.set_status(owner, john, "active", reason="Paid")
    assert client.get(HOME).status_code == 302
    assert _sign_in(client, john).status_code == 302


@pytest.mark.spec("CUS-11")
def test_a_session_that_outlived_its_account_says_why_it_ended(john: Customer, visit_of: VisitOf) -> None:
    client = visit_of(john)
    Customer.objects.update(status="suspended")
    answer = client.get(HOME, follow=True)
    assert "Your account is suspended" in answer.content.decode()
    assert not Session.objects.exists()


@pytest.mark.spec("CUS-11")
def test_who_is_shut_out_by_an_admin_reads_why_and_stays_out(john: Customer, visit_of: VisitOf, owner: Actor) -> None:
    told, later = visit_of(john), visit_of(john)
    john = services.set_status(owner, john, "suspended", reason="Chargeback")
    assert not sessions.open_sessions(john).exists()
    assert "Your account is suspended" in told.get(HOME, follow=True).content.decode()
    assert "suspended" not in told.get(HOME, follow=True).content.decode()
    services.set_status(owner, john, "active", reason="Paid")
    answer = later.get(HOME, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/customer/login")
    assert "not exist" not in answer.content.decode()


def test_idling_and_age_end_a_session(john: Customer, visit_of: VisitOf) -> None:
    client, start = visit_of(john), clock.now()
    for hours in (23, 46):
        with clock.fixed(start + timedelta(hours=hours)):
            assert client.get(HOME).status_code == 200
    with clock.fixed(start + timedelta(hours=71)):
        assert client.get(HOME).status_code == 302
    client = visit_of(john)
    Session.objects.update(expires_at=start)
    assert client.get(HOME).status_code == 302


@pytest.mark.spec("CUS-32")
def test_sessions_are_listed_and_ended(john: Customer, sarah: Customer, visit_of: VisitOf) -> None:
    here, there = visit_of(john), visit_of(john)
    session = sessions.open_sessions(john)[0]
    assert not sessions.end_one(sarah, session.uuid)
    assert sessions.end_one(john, session.uuid)
    assert sorted([here.get(HOME).status_code, there.get(HOME).status_code]) == [200, 302]
    visit_of(john)
    assert sessions.end_all(john, keep=sessions.open_sessions(john)[0]) == 1
    assert sessions.open_sessions(john).count() == 1


def test_an_admin_who_views_changes_nothing_and_only_for_half_an_hour(john: Customer, admin_of: AdminOf) -> None:
    mara, client = admin_of("admin"), Client()
    request = RequestFactory().post("/admin/customers")
    customers.view_as(request, mara, john)
    client.cookies[COOKIE] = request.customer_cookie  # type: ignore[attr-defined]
    answer = client.get(HOME)
    assert (answer.wsgi_request.customer, answer.wsgi_request.viewing_admin) == (john, mara)
    assert not sessions.open_sessions(john).exists()

    writing = page("GET", "POST")(lambda request: HttpResponse("written"))
    post = RequestFactory().post(HOME)
    post.customer, post.viewing_admin = john, mara  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="changes nothing"):
        writing(post)

    with clock.fixed(clock.now() + timedelta(minutes=31)):
        assert client.get(HOME).status_code == 302
    Admin.objects.update(is_active=False)
    assert client.get(HOME).status_code == 302


def test_a_view_without_a_declaration_is_no_route() -> None:
    with pytest.raises(ImproperlyConfigured):
        route("free", lambda request: HttpResponse(), "free")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/customer/", "/admin/", "javascript:1"])
def test_next_never_leads_out_of_the_portal(elsewhere: str, john: Customer) -> None:
    answer = Client().post(f"/customer/login?next={elsewhere}", {"email": john.email, "password": CUSTOMER_PASSWORD})
    assert answer["Location"] == HOME
