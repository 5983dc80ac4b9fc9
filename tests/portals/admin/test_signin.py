"""The way in and the way out of the Admin Portal."""

from datetime import timedelta

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.people.admins.models import Admin
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from tests.portals.conftest import PASSWORD, AdminOf, ClientOf

pytestmark = pytest.mark.django_db


def test_signing_in_leads_to_the_page_asked_for(admin_of: AdminOf) -> None:
    client, mara = Client(), admin_of("super_admin")
    answer = client.get("/admin/customers?search=john")
    assert answer["Location"] == "/admin/sign-in?next=%2Fadmin%2Fcustomers%3Fsearch%3Djohn"
    answer = client.post(answer["Location"], {"email": mara.email, "password": PASSWORD})
    assert answer["Location"] == "/admin/customers?search=john"
    assert client.get("/admin/customers").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/admin/", "/customer", "javascript:1", ""]
)
def test_next_never_leads_out_of_the_portal(elsewhere: str, admin_of: AdminOf) -> None:
    mara = admin_of("super_admin")
    answer = Client().post(
        "/admin/sign-in", {"email": mara.email, "password": PASSWORD}, query_params={"next": elsewhere}
    )
    assert answer["Location"] == "/admin/"


def test_the_session_identifier_rotates(admin_of: AdminOf) -> None:
    client, mara = Client(), admin_of("super_admin")
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["keyturn_admin"] = planted = session.session_key
    client.post("/admin/sign-in", {"email": mara.email, "password": PASSWORD})
    cookie = client.cookies["keyturn_admin"]
    assert cookie.value != planted
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/admin", True, "Lax")


def test_wrong_and_unknown_read_the_same_and_guessing_is_slowed(admin_of: AdminOf) -> None:
    client, mara = Client(), admin_of("super_admin")
    wrong = client.post("/admin/sign-in", {"email": mara.email, "password": "x"})
    unknown = client.post("/admin/sign-in", {"email": "nobody@keyturn.example", "password": "x"})
    for answer in (wrong, unknown):
        assert "E-mail or password is wrong. Check both and try again." in answer.content.decode()
        assert PASSWORD not in answer.content.decode()
    for _ in range(4):
        client.post("/admin/sign-in", {"email": mara.email, "password": "x"})
    answer = client.post("/admin/sign-in", {"email": mara.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert "Too many attempts. Try again in" in answer.content.decode()


def test_empty_fields_are_named(admin_of: AdminOf) -> None:
    page = Client().post("/admin/sign-in", {}).content.decode()
    assert "Enter your e-mail address." in page
    assert "Enter your password." in page


def test_signing_out_ends_the_session(super_admin: Client) -> None:
    assert super_admin.get("/admin/sign-out").status_code == 405
    assert super_admin.post("/admin/sign-out")["Location"] == "/admin/sign-in"
    assert super_admin.get("/admin/customers").status_code == 302


def test_idling_signs_out_and_working_does_not(super_admin: Client) -> None:
    preferences.set_value("admins.idle_minutes", 10)
    start = clock.now()
    for minutes in (9, 18, 27):
        with clock.fixed(start + timedelta(minutes=minutes)):
            assert super_admin.get("/admin/customers").status_code == 200
    with clock.fixed(start + timedelta(minutes=38)):
        assert super_admin.get("/admin/customers").status_code == 302
    assert super_admin.get("/admin/customers").status_code == 302


@pytest.mark.spec("ADM-05", "ADM-06")
def test_inactive_and_other_role_count_from_the_next_request(client_of: ClientOf) -> None:
    client = client_of("viewer")
    Admin.objects.update(role="admin")
    assert "Admin" in client.get("/admin/customers").content.decode()
    assert client.get("/admin/customers").context["request"].actor.permissions > set()
    Admin.objects.update(is_active=False)
    assert client.get("/admin/customers").status_code == 302
    Admin.objects.update(is_active=True)
    Admin.objects.get().delete()
    assert client.get("/admin/customers").status_code == 302


def test_htmx_of_a_signed_out_session_goes_to_the_sign_in_page() -> None:
    headers = {
        "HX-Request": "true",
        "HX-Target": "results",
        "HX-Current-URL": "http://testserver/admin/customers?page=2",
    }
    answer = Client().get("/admin/customers?search=j", headers=headers)
    assert answer["HX-Redirect"] == "/admin/sign-in?next=%2Fadmin%2Fcustomers%3Fpage%3D2"
    assert not answer.content


@pytest.mark.parametrize(("given", "kept"), [("order-7.a_b", True), ("x" * 37, False), ("a b", False), ("", False)])
def test_the_request_id_is_taken_over_or_made(given: str, kept: bool, super_admin: Client) -> None:
    headers = {"X-Request-Id": given, "X-Forwarded-For": "198.51.100.9"}
    actor: Actor = super_admin.get("/admin/customers", headers=headers).context["request"].actor
    assert (actor.request_id == given) is kept
    assert len(actor.request_id) <= 36
    assert actor.ip == "127.0.0.1"


def test_the_environment_is_chosen_for_the_session(super_admin: Client, client_of: ClientOf) -> None:
    actor: Actor = super_admin.get("/admin/customers").context["request"].actor
    assert actor.environment == "production"
    answer = super_admin.post("/admin/environment", {"environment": "staging", "next": "/admin/customers"})
    assert answer["Location"] == "/admin/customers"
    super_admin.post("/admin/environment", {"environment": "moon"})
    assert super_admin.get("/admin/customers").context["request"].actor.environment == "staging"
    assert client_of("viewer").get("/admin/customers").context["request"].actor.environment == "production"


def test_addresses_without_a_page_lead_to_one(super_admin: Client) -> None:
    assert Client().get("/admin")["Location"] == "/admin/"
    assert super_admin.get("/admin/")["Location"] == "/admin/dashboard"


def test_sign_ins_are_on_record(super_admin: Client, admin_of: AdminOf) -> None:
    mara = admin_of("super_admin")
    assert AuditEvent.objects.filter(action="admin.signed_in", actor_id=str(mara.uuid)).count() == 1
