"""The activity of a customer: what happened, newest first, and who did it."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from keyturn.access.actors import Actor, system
from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, lifecycle, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent, DataKey
from keyturn.platform.audit.registry import EVENTS, KINDS
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
SHOP = Actor("api_key", id=str(uuid.uuid4()), label="Shop integration", permissions={"*"}, environment="production")


@pytest.fixture(autouse=True)
def without_mail(product: Product) -> None:
    """Invitations have lines of their own; their tests are elsewhere."""
    Product.objects.update(email_on_issue=False)


def _entries(html: str) -> list[str]:
    lists = re.findall(r'<ol class="timeline".*?</ol>', html, re.S)
    return [
        " ".join(re.sub(r"<time.*?</time>|<[^>]+>", " ", item, flags=re.S).split())
        for item in re.findall(r"<li>(.*?)</li>", lists[0] if lists else "" if "<html" in html else html, re.S)
    ]


def _activity(client: Client, customer: Customer, kind: str = "") -> list[str]:
    return _entries(client.get(f"/admin/customers/{customer.uuid}", {"activity": kind}).content.decode())


@pytest.mark.spec("CUS-15")
def test_entries_say_what_happened_and_who_did_it(super_admin: Client, license_in: LicenseIn, owner: Actor) -> None:
    admin = Actor(
        "admin",
        id=str(_admin_uuid()),
        permissions=owner.permissions,
        environment="production",
    )
    start = clock.now() - timedelta(days=9)
    license = license_in()
    steps = (
        lambda: services.assign(admin, license, "john@example.com"),
        lambda: activations.activate(SHOP, license, identifier="DESKTOP-4K7QX", kind="hardware"),
        lambda: services.suspend(admin, license, reason="chargeback under review"),
        lambda: services.reactivate(admin, license),
        lambda: activations.end(admin, Activation.objects.get(), reason="lost"),
        lambda: customers.rename(admin, Customer.objects.get(), "John Smith"),
        lambda: customers.set_status(admin, Customer.objects.get(), "suspended", reason="shared"),
        lambda: lifecycle.transition(system(), license, Status.EXPIRED),
        lambda: services.renew(admin, license, expires_at=clock.now() + timedelta(days=900)),
        lambda: services.revoke(admin, license, reason="refunded"),
    )
    for number, step in enumerate(steps):
        at = start + timedelta(hours=number) + (timedelta(days=400) if number > 6 else timedelta())
        with clock.fixed(at):
            license.refresh_from_db()
            step()
    john, mask = Customer.objects.get(), f"PRO-…-{license.license_key[-4:]}"
    by = "by Super_Admin Person (admin)"
    assert _activity(super_admin, john) == [
        f"Revoked Pro App {mask} : “ refunded ” {by}",
        f"Renewed Pro App {mask} {by}",
        f"Pro App {mask} expired by the system",
        f"Set the account to suspended: “ shared ” {by}",
        f"Profile changed {by}",
        f"Deactivated DESKTOP-4K7QX on Pro App {mask} : “ lost ” {by}",
        f"Reactivated Pro App {mask} {by}",
        f"Suspended Pro App {mask} : “ chargeback under review ” {by}",
        f"Activated Pro App {mask} on DESKTOP-4K7QX by Shop integration (API key)",
        f"Assigned Pro App {mask} {by}",
        f"Account created {by}",
    ]


def _admin_uuid() -> uuid.UUID:
    from keyturn.people.admins.models import Admin

    return Admin.objects.get(role=Role.SUPER_ADMIN).uuid


@pytest.mark.spec("CUS-15", "CUS-17")
def test_a_transfer_stands_on_both_timelines(super_admin: Client, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE, "old@email.com")
    services.transfer(owner, license, "new@email.com")
    old, new = (Customer.objects.get(email=email) for email in ("old@email.com", "new@email.com"))
    mask = f"PRO-…-{license.license_key[-4:]}"
    assert _activity(super_admin, old)[0].startswith(f"Transferred Pro App {mask} to new@email.com")
    assert _activity(super_admin, new)[0].startswith(f"Received Pro App {mask} from old@email.com")
    assert _activity(super_admin, new)[1].startswith("Account created")
    assert len(_activity(super_admin, new)) == 2


@pytest.mark.spec("CUS-15")
def test_one_kind_at_a_time(super_admin: Client, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    services.edit(owner, license, version=license.version, activation_limit=9)
    services.suspend(owner, license, reason="chargeback")
    services.reactivate(owner, license)
    services.renew(owner, license, expires_at=clock.now() + timedelta(days=900))
    services.unassign(owner, license)
    services.transfer(owner, license_in(Status.ASSIGNED, "sarah@company.com"), "john@example.com")
    john = Customer.objects.get(email="john@example.com")
    found = {kind: [line.split()[0] for line in _activity(super_admin, john, kind)] for kind in KINDS}
    assert {kind: words for kind, words in found.items() if words} == {
        "created": ["Account"],
        "assigned": ["Assigned"],
        "reassigned": ["Received"],
        "unassigned": ["Took"],
        "suspended": ["Suspended"],
        "reactivated": ["Reactivated"],
        "renewed": ["Renewed"],
        "license_changed": ["Changed"],
        "activated": ["Activated"],
    }
    assert len(_activity(super_admin, john, "nonsense")) == 9
    page = super_admin.get(f"/admin/customers/{john.uuid}?activity=two_factor").content.decode()
    assert "Nothing of this kind has happened yet." in page


@pytest.mark.spec("CUS-15")
def test_older_entries_come_in_pages(super_admin: Client, generator: Generator, owner: Actor) -> None:
    services.assign_many(owner, services.generate(owner, generator, 54).licenses, "john@example.com")
    john = Customer.objects.get()
    page = super_admin.get(f"/admin/customers/{john.uuid}").content.decode()
    assert re.sub(r"<[^>]+>", "", page).count("55 events, newest first") == 1
    seen = _entries(page)
    assert len(seen) == 20
    for expected in (20, 15):
        url = re.findall(r'hx-get="(/admin/customers/[^"]+/activity[^"]+)"', page)[0].replace("&amp;", "&")
        page = super_admin.get(url, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in page
        assert len(_entries(page)) == expected
        seen += _entries(page)
    assert "Show older" not in page
    assert len(set(seen)) == 55
    assert seen[-1].startswith("Account created")


def test_a_cursor_of_somebody_else_shows_nothing_of_his(super_admin: Client, license_in: LicenseIn) -> None:
    license_in(Status.ASSIGNED, "sarah@company.com")
    license_in(Status.ASSIGNED)
    john, sarah = (Customer.objects.get(email=email) for email in ("john@example.com", "sarah@company.com"))
    theirs = AuditEvent.objects.filter(customer_uuid=sarah.uuid).order_by("pk")[0]
    for before in (str(theirs.uuid), "x", ""):
        url = f"/admin/customers/{john.uuid}/activity?before={before}"
        assert len(_entries(super_admin.get(url).content.decode())) == 2


def test_after_the_erasure_of_a_key_only_the_personal_part_is_gone(super_admin: Client, license_in: LicenseIn) -> None:
    license_in(Status.ACTIVE)
    john = Customer.objects.get()
    DataKey.objects.all().delete()
    assert "on a device" in _activity(super_admin, john)[0]


def test_what_stands_in_an_event_is_text_never_markup(super_admin: Client, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ASSIGNED)
    activations.activate(owner, license, identifier="<script>alert(1)</script>", kind="hardware")
    services.suspend(owner, license, reason="<script>alert(2)</script>")
    page = super_admin.get(f"/admin/customers/{Customer.objects.get().uuid}").content.decode()
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") >= 2


def test_events_that_nobody_declared_stay_away(super_admin: Client, license_in: LicenseIn, owner: Actor) -> None:
    license_in(Status.ASSIGNED)
    john = Customer.objects.get()
    audit.record(owner, audit.Entry("customer.hummed", ("customer", john.uuid), customer=john.uuid))
    assert len(_activity(super_admin, john)) == 2


@pytest.mark.spec("CUS-50", "CUS-15")
@pytest.mark.parametrize("role", Role.values)
def test_every_role_may_read_it(role: str, client_of: ClientOf, license_in: LicenseIn) -> None:
    license_in(Status.ASSIGNED)
    john, client = Customer.objects.get(), client_of(role)
    assert len(_activity(client, john)) == 2
    assert client.get(f"/admin/customers/{john.uuid}/activity").status_code == 200
    assert client.get(f"/admin/customers/{uuid.uuid4()}/activity").status_code == 404


def test_the_registry_is_sound() -> None:
    assert {one.kind for one in EVENTS if one.kind} <= set(KINDS)
    pairs = [(one.action, one.mark) for one in EVENTS]
    assert len(pairs) == len(set(pairs))
    assert all(len(one.action) <= 60 for one in EVENTS)


@pytest.mark.spec("CUS-24")
def test_a_customer_whose_last_license_goes_keeps_his_page(
    super_admin: Client, license_in: LicenseIn, owner: Actor
) -> None:
    services.delete_many(owner, [license_in(Status.ASSIGNED)])
    john = Customer.objects.get()
    assert not License.objects.exists()
    assert _activity(super_admin, john)[0].startswith("Deleted Pro App PRO-")
    assert "0 Licenses" in super_admin.get("/admin/customers").content.decode()
