"""Quick Actions that let a customer in: invitation and password reset."""

import pytest
from django.test import Client

from keyturn.access.permissions import Role
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail.models import Message
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def john(license_in: LicenseIn) -> Customer:
    license_in(Status.ASSIGNED)
    return Customer.objects.get()


@pytest.mark.spec("CUS-16")
@pytest.mark.parametrize(
    ("name", "question", "event"),
    [
        ("invitation", "Send the invitation again?", "customer.invited"),
        ("reset", "Send a password reset?", "customer.password_reset_requested"),
    ],
)
def test_mail_that_lets_in(name: str, question: str, event: str, super_admin: Client, john: Customer) -> None:
    url = f"/admin/customers/{john.uuid}/access/{name}"
    assert url in super_admin.get(f"/admin/customers/{john.uuid}").content.decode()
    dialog = super_admin.get(url).content.decode()
    assert question in dialog
    assert "kept in the Outbox" in dialog
    before = Message.objects.count()
    assert super_admin.post(url, headers=HX).status_code == 204
    assert Message.objects.count() == before + 1
    assert AuditEvent.objects.filter(action=event, customer_uuid=john.uuid).exists()


@pytest.mark.spec("CUS-16")
def test_only_what_makes_sense_is_offered(super_admin: Client, john: Customer) -> None:
    Customer.objects.update(password="set")
    page = super_admin.get(f"/admin/customers/{john.uuid}").content.decode()
    assert "Resend Invitation" not in page
    assert "Reset Password" in page
    answer = super_admin.post(f"/admin/customers/{john.uuid}/access/invitation", headers=HX)
    assert "has set a password" in answer["HX-Trigger"]
    Customer.objects.update(status="suspended")
    assert "Reset Password" not in super_admin.get(f"/admin/customers/{john.uuid}").content.decode()
    assert super_admin.get(f"/admin/customers/{john.uuid}/access/other").status_code == 404


@pytest.mark.spec("CUS-50", "CUS-16")
@pytest.mark.parametrize("role", Role.values)
def test_who_may(role: str, client_of: ClientOf, john: Customer) -> None:
    client, allowed = client_of(role), role in (Role.SUPER_ADMIN, Role.ADMIN)
    page = client.get(f"/admin/customers/{john.uuid}").content.decode()
    for words in ("Reset Password", "Resend Invitation", "View as Customer", "mailto:"):
        assert (words in page) is allowed
    for name in ("reset", "invitation"):
        url = f"/admin/customers/{john.uuid}/access/{name}"
        assert (client.get(url).status_code == 200) is allowed
        assert (client.post(url, headers=HX).status_code == 204) is allowed
