"""Transfer Licenses from the page of a customer (workflow 4)."""

import re
import uuid

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.errors import Refused
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def old(license_in: LicenseIn) -> Customer:
    """old@email.com with three licenses, one of them in use on a device, one revoked beside them."""
    for state in (Status.ACTIVE, Status.ASSIGNED, Status.SUSPENDED, Status.REVOKED):
        license_in(state, "old@email.com")
    return Customer.objects.get(email="old@email.com")


def _url(customer: Customer) -> str:
    return f"/admin/customers/{customer.uuid}/transfer"


def _count(email: str) -> int:
    return License.objects.filter(customer__email=email).count()


@pytest.mark.spec("CUS-17")
def test_all_licenses_go_to_a_new_address(super_admin: Client, old: Customer) -> None:
    Customer.objects.filter(pk=old.pk).update(name="Old Friend")
    dialog = super_admin.get(_url(old)).content.decode()
    assert "Transfer 3 licenses" in dialog
    assert re.search('name="name" value="Old Friend"', dialog)
    assert "1 revoked license stays with old@email.com" in dialog
    before = set(License.objects.values_list("pk", "status", "active_devices", "license_key"))
    sent = {"mode": "all", "expected": "3", "email": " NEW@email.com ", "name": "Old Friend"}
    answer = super_admin.post(_url(old), sent, headers=HX)
    assert answer.status_code == 204
    assert "3 licenses transferred" in answer["HX-Trigger"]
    assert "new@email.com now has 3 licenses." in answer["HX-Trigger"]
    assert (_count("old@email.com"), _count("new@email.com")) == (1, 3)
    assert "There is no license to transfer in this environment." in super_admin.get(_url(old)).content.decode()
    assert set(License.objects.values_list("pk", "status", "active_devices", "license_key")) == before
    assert Activation.objects.get().status == "active"
    new = Customer.objects.get(email="new@email.com")
    assert new.name == "Old Friend"
    assert AuditEvent.objects.filter(customer_uuid=old.uuid, action="license.transferred").count() == 3
    assert AuditEvent.objects.filter(customer_uuid=new.uuid, action="license.assigned").count() == 3


@pytest.mark.spec("CUS-17")
def test_some_licenses(super_admin: Client, old: Customer) -> None:
    dialog = super_admin.get(_url(old), {"mode": "choose", "email": "new@email.com"}).content.decode()
    assert 'value="new@email.com"' in dialog
    offered = re.findall(r'name="licenses" value="([^"]+)"', dialog)
    assert len(offered) == 3
    sent = {"mode": "choose", "expected": "3", "email": "new@email.com", "licenses": offered[:2]}
    assert super_admin.post(_url(old), sent, headers=HX).status_code == 204
    assert (_count("old@email.com"), _count("new@email.com")) == (2, 2)


@pytest.mark.spec("CUS-17", "LIC-08")
def test_the_licenses_page_does_the_same(super_admin: Client, old: Customer) -> None:
    ids = [str(one) for one in old.licenses.exclude(status="revoked").values_list("uuid", flat=True)]
    answer = super_admin.post(
        "/admin/licenses/assign", {"ids": ids, "expected": "3", "email": "new@email.com", "name": ""}, headers=HX
    )
    assert answer.status_code == 204
    assert (_count("old@email.com"), _count("new@email.com")) == (1, 3)


def _many(old: Customer, count: int) -> None:
    """`count` licenses more of `old`, by hand: they are only to be handed on."""
    product = old.licenses.latest("pk").product
    fields = {"environment": "production", "product": product, "customer": old, "status": "assigned"}
    rows = [License(license_key=f"MANY-{number}", **fields) for number in range(count)]
    License.objects.bulk_create(rows, batch_size=500)


@pytest.mark.spec("CUS-17")
def test_the_licenses_page_hands_on_ten_thousand_in_one_transaction(super_admin: Client, old: Customer) -> None:
    _many(old, 9_997)
    chosen = {"everything": "1", "query": "status=assigned"}
    sent = {**chosen, "expected": "9998", "email": "new@email.com", "name": ""}
    assert "in the background" not in super_admin.get("/admin/licenses/assign", chosen).content.decode()
    answer = super_admin.post("/admin/licenses/assign", sent, headers=HX)
    assert answer.status_code == 204
    assert "9,998 licenses assigned" in answer["HX-Trigger"]
    assert (_count("old@email.com"), _count("new@email.com")) == (3, 9_998)
    new = Customer.objects.get(email="new@email.com")
    assert AuditEvent.objects.filter(customer_uuid=old.uuid, action="license.transferred").count() == 9_998
    assert AuditEvent.objects.filter(customer_uuid=new.uuid, action="license.assigned").count() == 9_998


@pytest.mark.spec("CUS-17")
def test_one_that_cannot_move_keeps_thousands_where_they_are(super_admin: Client, old: Customer) -> None:
    _many(old, 1_500)
    chosen = {"everything": "1", "query": "search=old@email.com"}
    sent = {**chosen, "expected": "1504", "email": "new@email.com", "name": ""}
    answer = super_admin.post("/admin/licenses/assign", sent, headers=HX)
    assert (answer.status_code, "revoked license keeps its owner" in answer.content.decode()) == (422, True)
    assert _count("old@email.com") == 1_504
    assert not Customer.objects.filter(email="new@email.com").exists()


@pytest.mark.spec("CUS-17")
def test_what_cannot_be_done_is_said_and_changes_nothing(
    super_admin: Client, old: Customer, license_in: LicenseIn
) -> None:
    theirs = license_in(Status.ASSIGNED, "sarah@company.com")
    revoked = old.licenses.get(status="revoked")
    sound = {"mode": "all", "expected": "3", "email": "new@email.com"}
    for changed, text in (
        ({"email": "nonsense"}, "valid e-mail address"),
        ({"email": ""}, "Enter the customer&#x27;s e-mail address."),
        ({"email": "OLD@email.com"}, "belong to this address already"),
        ({"expected": "2"}, "changed meanwhile"),
        ({"mode": "choose"}, "Choose at least one license"),
        ({"mode": "choose", "licenses": [str(theirs.uuid), str(revoked.uuid), "x"]}, "Choose at least one license"),
    ):
        answer = super_admin.post(_url(old), sound | changed, headers=HX)
        assert answer.status_code == 422, changed
        assert text in answer.content.decode()
    assert _count("old@email.com") == 4
    assert not Customer.objects.filter(email="new@email.com").exists()


@pytest.mark.spec("CUS-17")
def test_another_environment_is_out_of_reach(super_admin: Client, old: Customer) -> None:
    super_admin.post("/admin/environment", {"environment": "staging"})
    dialog = super_admin.get(_url(old)).content.decode()
    assert "4 in Production: switch the environment" in " ".join(dialog.split())
    sent = {"mode": "all", "expected": "0", "email": "new@email.com"}
    assert "Choose at least one" in super_admin.post(_url(old), sent).content.decode()


@pytest.mark.spec("CUS-17")
def test_two_transfers_at_once_move_each_license_once(license_in: LicenseIn, owner: Actor, old: Customer) -> None:
    assert services.transfer_all(owner, old, "new@email.com") == 3
    with pytest.raises(Refused):
        services.transfer_all(owner, old, "other@email.com")


@pytest.mark.spec("CUS-50", "CUS-17")
@pytest.mark.parametrize("role", Role.values)
def test_who_may(role: str, client_of: ClientOf, old: Customer) -> None:
    client, allowed = client_of(role), role in (Role.SUPER_ADMIN, Role.ADMIN)
    page = client.get(f"/admin/customers/{old.uuid}").content.decode()
    assert ("Transfer Licenses" in page) is allowed
    assert ("Quick Actions" in page) is allowed
    assert (client.get(_url(old)).status_code == 200) is allowed
    answer = client.post(_url(old), {"mode": "all", "expected": "3", "email": "new@email.com"})
    assert (answer.status_code == 204) is allowed
    assert _count("new@email.com") == (3 if allowed else 0)


def test_unknown_customers_are_404(super_admin: Client) -> None:
    assert super_admin.get(f"/admin/customers/{uuid.uuid4()}/transfer").status_code == 404


@pytest.mark.spec("CUS-17", "CUS-11")
def test_a_transferred_license_keeps_working(owner: Actor, generator: Generator, old: Customer) -> None:
    license = old.licenses.get(status="active")
    services.transfer_all(owner, old, "new@email.com")
    verdict, _ = activations.activate(owner, license, identifier="DESKTOP-4K7QX", kind="hardware")
    assert verdict.code == 301
