"""The one-time set-up page."""

import pytest
from django.test import Client

from keyturn.people.admins import setup
from keyturn.people.admins.models import Admin

pytestmark = pytest.mark.django_db
GIVEN = {"name": "Mara Lindqvist", "email": "Mara@Keyturn.example", "password": "correct horse battery"}


def test_the_link_makes_the_first_super_admin_once() -> None:
    url = f"/setup/{setup.issue_token()}"
    assert "Set up Keyturn" in Client().get(url).content.decode()
    answer = Client().post(url, GIVEN)
    assert answer["Location"] == "/admin/sign-in"
    mara = Admin.objects.get()
    assert (mara.email, mara.role, mara.require_2fa) == ("mara@keyturn.example", "super_admin", True)
    browser = Client()
    assert browser.post("/admin/sign-in", GIVEN)["Location"] == "/admin/"
    assert browser.get("/admin/customers")["Location"] == "/admin/profile/two-factor/set-up"
    for again in (Client().get(url), Client().post(url, {**GIVEN, "email": "eve@keyturn.example"})):
        assert again.status_code == 404
        assert "no longer valid" in again.content.decode()
    assert Admin.objects.count() == 1


def test_a_made_up_link_is_refused() -> None:
    setup.issue_token()
    assert Client().get("/setup/guess").status_code == 404
    assert Client().post("/setup/guess", GIVEN).status_code == 404
    assert not Admin.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Enter your name."),
        ("email", "mara", "Enter a valid e-mail address"),
        ("password", "short", "too short"),
        ("password", "password123", "too common"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_link_stays_valid(field: str, value: str, message: str) -> None:
    url = f"/setup/{setup.issue_token()}"
    page = Client().post(url, {**GIVEN, field: value}).content.decode()
    assert message in page
    assert "aria-invalid" in page
    assert not Admin.objects.exists()
    assert Client().post(url, GIVEN).status_code == 302


def test_the_page_needs_its_own_token_against_forgery() -> None:
    url = f"/setup/{setup.issue_token()}"
    assert Client(enforce_csrf_checks=True).post(url, GIVEN).status_code == 403
