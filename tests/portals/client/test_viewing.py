"""View as Customer: what the admin sees, that he changes nothing, and how it ends."""

from datetime import timedelta

import pytest
from django.test import Client

from keyturn.core import clock
from keyturn.licensing.licenses.status import Status
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.people.signin import sessions
from keyturn.people.signin.middleware import COOKIE
from keyturn.people.signin.models import Session
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.services import enqueue
from tests.jobs import Work
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import ClientOf, VisitOf

pytestmark = [pytest.mark.django_db, pytest.mark.spec("CUS-40")]
HOME = "/customer/dashboard"


def _view(client: Client, customer: Customer) -> Client:
    answer = client.post(f"/admin/customers/{customer.uuid}/view-as")
    assert (answer.status_code, answer["Location"]) == (302, HOME)
    cookie = answer.cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"]) == ("/customer", True)
    return client


def _events() -> list[tuple[str, str, str]]:
    rows = AuditEvent.objects.filter(action__startswith="customer.view").order_by("pk")
    return [(row.action, row.actor_kind, str(row.customer_uuid)) for row in rows]


def test_an_admin_sees_what_the_customer_sees(
    super_admin: Client, john: Customer, license_in: LicenseIn, visit_of: VisitOf
) -> None:
    license = license_in(Status.ACTIVE)
    page = _view(super_admin, john).get(HOME).content.decode()
    assert "Super_Admin Person" in page
    assert "is viewing as" in page
    assert "Stop viewing" in page
    assert "Sign out" not in page
    assert _events() == [("customer.view_started", "admin", str(john.uuid))]
    detail = super_admin.get(f"/customer/licenses/{license.uuid}").content.decode()
    assert "data-reveal-url" not in detail
    assert super_admin.post(f"/customer/licenses/{license.uuid}/key").status_code == 403
    assert "is viewing as" not in visit_of(john).get(HOME).content.decode()


def test_stopping_leads_back(super_admin: Client, john: Customer) -> None:
    answer = _view(super_admin, john).post("/customer/stop-viewing")
    assert answer["Location"] == f"/admin/customers/{john.uuid}"
    assert super_admin.get(HOME)["Location"].startswith("/customer/login")
    assert [event[0] for event in _events()] == ["customer.view_started", "customer.view_ended"]
    assert super_admin.post("/customer/stop-viewing").status_code == 302


def test_it_ends_after_half_an_hour_and_that_is_noted(super_admin: Client, john: Customer, work: Work) -> None:
    _view(super_admin, john)
    with clock.fixed(clock.now() + timedelta(minutes=29)):
        assert super_admin.get(HOME).status_code == 200
    with clock.fixed(clock.now() + timedelta(minutes=31)):
        assert super_admin.get(HOME).status_code == 302
        for job in ("signin.clean", "signin.end_viewing", "signin.end_viewing"):
            enqueue(job)
            work()
    assert [event[0] for event in _events()] == ["customer.view_started", "customer.view_ended"]
    assert not Session.objects.filter(viewer__isnull=False).exists()


def test_who_looks_on_for_too_long_is_told(super_admin: Client, john: Customer) -> None:
    _view(super_admin, john)
    with clock.fixed(clock.now() + timedelta(minutes=31)):
        assert "Viewing as a customer has ended." in super_admin.get(HOME, follow=True).content.decode()
        assert "Viewing as a customer has ended." not in super_admin.get(HOME, follow=True).content.decode()


@pytest.mark.parametrize("how", ["sign out", "another role", "inactive"])
def test_it_ends_with_the_right_to_it(how: str, super_admin: Client, john: Customer) -> None:
    _view(super_admin, john)
    if how == "sign out":
        super_admin.post("/admin/sign-out")
    else:
        Admin.objects.update(**({"role": "viewer"} if how == "another role" else {"is_active": False}))
    assert super_admin.get(HOME).status_code == 302
    assert [event[0] for event in _events()] == ["customer.view_started", "customer.view_ended"]


def test_a_suspended_customer_can_be_looked_at_and_a_deleted_one_not(super_admin: Client, john: Customer) -> None:
    Customer.objects.update(status="suspended")
    assert _view(super_admin, john).get(HOME).status_code == 200
    Customer.objects.update(erased_at=clock.now())
    super_admin.post(f"/admin/customers/{john.uuid}/view-as")
    assert len(_events()) == 1


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_who_may_not(role: str, client_of: ClientOf, john: Customer) -> None:
    client = client_of(role)
    assert client.post(f"/admin/customers/{john.uuid}/view-as").status_code == 403
    assert COOKIE not in client.cookies
    assert "View as Customer" not in client.get(f"/admin/customers/{john.uuid}").content.decode()


def test_the_customer_sees_it_on_his_timeline_and_not_among_his_sessions(super_admin: Client, john: Customer) -> None:
    _view(super_admin, john)
    assert not sessions.open_sessions(john)
    page = super_admin.get(f"/admin/customers/{john.uuid}").content.decode()
    assert "Viewing as customer started" in page
