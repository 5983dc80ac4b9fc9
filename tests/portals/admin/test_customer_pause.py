"""A pause after too many failures, on the page of the customer."""

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from keyturn.people.customers.models import Customer
from keyturn.people.signin import second_factor
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
PASSWORD = "Plain-Sailing 42"


def _path(customer: Customer, action: str = "") -> str:
    return f"/admin/customers/{customer.uuid}/{action}".rstrip("/")


@pytest.mark.spec("CUS-31")
def test_a_pause_is_shown_and_lifted(super_admin: Client, client_of: ClientOf, john: Customer) -> None:
    Customer.objects.update(password=make_password(PASSWORD))
    for _ in range(5):
        Client().post("/customer/login", {"email": john.email, "password": "guess"})
    page = super_admin.get(_path(john)).content.decode()
    assert "Too many failed sign-ins." in page
    assert "in less than a minute</time>; a sign-in link works at any time." in page
    seen = client_of("viewer").get(_path(john)).content.decode()
    assert "Too many failed sign-ins." in seen
    assert "Let in again now" not in seen
    assert client_of("viewer").post(_path(john, "unlock")).status_code == 403
    assert super_admin.post(_path(john, "unlock"))["Location"] == _path(john)
    page = super_admin.get(_path(john)).content.decode()
    assert "Too many failed sign-ins." not in page
    assert "Sign-in unlocked" in page
    assert Client().post("/customer/login", {"email": john.email, "password": PASSWORD}).status_code == 302


@pytest.mark.spec("CUS-31")
def test_wrong_codes_pause_every_way_in_and_the_page_says_so(super_admin: Client, john: Customer) -> None:
    for _ in range(5):
        second_factor.accept(john, "000000", ip="203.0.113.9")
    page = super_admin.get(_path(john)).content.decode()
    assert "The next attempt with a code is possible" in page
    assert "a sign-in link works" not in page
