"""Signed-in admins of every role, and a small shop to look at."""

from collections.abc import Callable

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.people.signin import sessions
from keyturn.people.signin.middleware import COOKIE

PASSWORD = "correct horse battery"
AdminOf = Callable[[str], Admin]
ClientOf = Callable[[str], Client]
VisitOf = Callable[[Customer], Client]


@pytest.fixture
def admin_of(owner: Actor) -> AdminOf:
    """The one admin of a role."""

    def find(role: str) -> Admin:
        known = Admin.objects.filter(email=f"{role}@keyturn.example").first()
        return known or admins.create(
            owner, name=f"{role.title()} Person", email=f"{role}@keyturn.example", role=role, password=PASSWORD
        )

    return find


@pytest.fixture
def client_of(admin_of: AdminOf) -> ClientOf:
    """A browser in which an admin of a role has signed in through the page."""

    def make(role: str) -> Client:
        client = Client()
        admin = admin_of(role)
        answer = client.post("/admin/sign-in", {"email": admin.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.content
        return client

    return make


@pytest.fixture
def super_admin(client_of: ClientOf) -> Client:
    return client_of("super_admin")


@pytest.fixture
def visit_of() -> VisitOf:
    """A browser in which a customer is signed in to the Client Portal."""

    def make(customer: Customer) -> Client:
        client = Client()
        client.cookies[COOKIE] = sessions.begin(customer, "password", sessions.Visitor("203.0.113.7", "Test"))
        return client

    return make
