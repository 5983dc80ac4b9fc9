"""Export all: the customers of the current search as a file."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
URL = "/admin/customers/export"
JOINED = datetime(2026, 1, 26, 15, 36, 55, tzinfo=UTC)


def _body(client: Client, query: str = "") -> str:
    answer = client.get(URL + query)
    assert answer.status_code == 200
    assert answer.streaming
    return b"".join(answer).decode()  # type: ignore[arg-type]


def _rows(client: Client, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_body(client, query), newline="")))


@pytest.mark.spec("CUS-09")
def test_csv_and_json_hold_the_same(super_admin: Client, owner: Actor, generator: Generator) -> None:
    services.assign_many(owner, services.generate(owner, generator, 3).licenses, "john@example.com", name="John Smith")
    Customer.objects.update(joined_at=JOINED, last_login_at=JOINED, totp_enabled_at=JOINED)
    john = Customer.objects.get()
    assert _rows(super_admin) == [
        {
            "ID": str(john.pk),
            "UUID": str(john.uuid),
            "Name": "John Smith",
            "Email": "john@example.com",
            "Status": "active",
            "Licenses": "3",
            "Email Verified": "no",
            "2FA": "yes",
            "Joined": "2026-01-26T15:36:55Z",
            "Last Login": "2026-01-26T15:36:55Z",
        }
    ]
    assert json.loads(_body(super_admin, "?format=json")) == [
        {
            "id": john.pk,
            "uuid": str(john.uuid),
            "name": "John Smith",
            "email": "john@example.com",
            "status": "active",
            "licenses": 3,
            "email_verified": False,
            "two_factor": True,
            "joined": "2026-01-26T15:36:55Z",
            "last_login": "2026-01-26T15:36:55Z",
        }
    ]
    assert _body(super_admin, "?format=excel") == "\ufeff" + _body(super_admin)


@pytest.mark.spec("CUS-09")
def test_it_is_the_current_search(super_admin: Client) -> None:
    for number in range(30):
        Customer.objects.create(email=f"person{number}@{'acme.com' if number % 2 else 'example.com'}")
    Customer.objects.filter(email__startswith="person1").update(status="suspended")
    assert len(_rows(super_admin)) == 30
    assert len(_rows(super_admin, "?search=%40acme&per_page=15&page=2")) == 15
    assert len(_rows(super_admin, "?search=%40acme&status=suspended")) == 6
    assert _rows(super_admin, "?search=nobody") == []
    assert json.loads(_body(super_admin, "?search=nobody&format=json")) == []
    page = super_admin.get("/admin/customers?search=%40acme&page=2").content.decode()
    assert re.findall(r'href="(/admin/customers/export[^"]*)"', page) == [
        f"{URL}?search=%40acme&amp;format={name}" for name in ("csv", "excel", "json")
    ]
    headers = {"HX-Request": "true", "HX-Target": "results"}
    fragment = super_admin.get("/admin/customers?status=suspended", headers=headers).content.decode()
    assert f"{URL}?status=suspended&amp;format=csv" in fragment, "the links follow a live search"


@pytest.mark.spec("CUS-09")
def test_a_name_that_is_a_formula_is_text(super_admin: Client) -> None:
    Customer.objects.create(email="a@example.com", name='=HYPERLINK("http://evil.example","x")')
    assert _rows(super_admin)[0]["Name"] == '\'=HYPERLINK("http://evil.example","x")'


@pytest.mark.spec("CUS-09")
def test_many_customers_take_few_queries(super_admin: Client) -> None:
    start = datetime.now(UTC)
    Customer.objects.bulk_create(
        Customer(email=f"person{n}@example.com", joined_at=start - timedelta(seconds=n)) for n in range(12_000)
    )
    answer = super_admin.get(URL)
    with CaptureQueriesContext(connection) as queries:
        lines = b"".join(answer).count(b"\n")  # type: ignore[arg-type]
    assert lines == 12_001
    assert len(queries) < 50


@pytest.mark.spec("CUS-09")
def test_it_goes_on_record_without_the_term(super_admin: Client) -> None:
    _body(super_admin, "?search=john&status=active&format=json")
    event = AuditEvent.objects.get(action="list.exported")
    assert event.changes == {
        "list": "customers",
        "format": "json",
        "searched": True,
        "filters": {"status": "active"},
    }


@pytest.mark.spec("CUS-50", "CUS-09")
@pytest.mark.parametrize("role", Role.values)
def test_who_may(role: str, client_of: ClientOf) -> None:
    client, allowed = client_of(role), role in (Role.SUPER_ADMIN, Role.ADMIN)
    assert (URL in client.get("/admin/customers").content.decode()) is allowed
    assert client.get(URL).status_code == (200 if allowed else 403)
