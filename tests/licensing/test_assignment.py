"""How customers come to be: by the first assignment to their e-mail address, and in no other way."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.validity import expiry_from
from keyturn.licensing.products import services as products
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn

pytestmark = pytest.mark.django_db


@pytest.mark.spec("CUS-20", "LIC-23")
def test_the_first_assignment_creates_the_customer(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in()
    services.assign(owner, license, "john@example.com")
    customer = Customer.objects.get()
    assert (customer.email, customer.name, customer.status) == ("john@example.com", "", "active")
    assert customer.email_verified_at is None
    assert customer.password == ""
    assert (license.customer, license.status) == (customer, Status.ASSIGNED)
    actions = list(
        AuditEvent.objects.filter(customer_uuid=customer.uuid).order_by("id").values_list("action", flat=True)
    )
    assert actions == ["customer.created", "customer.invited", "license.assigned"]


def test_the_timeline_keeps_personal_data_sealed(license_in: LicenseIn, owner: Actor) -> None:
    services.assign(owner, license_in(), "john@example.com", name="John Smith")
    event = AuditEvent.objects.get(action="customer.created")
    assert "john" not in str(event.changes).lower()
    assert audit.personal_data(event) == {"email": "john@example.com", "name": "John Smith"}


@pytest.mark.spec("CUS-21")
def test_addresses_are_one_customer_whatever_their_case(license_in: LicenseIn, owner: Actor) -> None:
    for address in ("john@example.com", "  JOHN@Example.COM ", "John@example.com"):
        services.assign(owner, license_in(), address)
    assert Customer.objects.get().licenses.count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(email="John@Example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(email="john@example.com")


@pytest.mark.spec("CUS-21")
@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("emilie@atelier-häuser.example", "emilie@atelier-häuser.example"),
        # Browsers send an address with umlauts like this: it is the same mailbox.
        ("a@xn--hser-moa.example", "a@hsäer.example"),
        ("x+y@sub.example.co.uk", "x+y@sub.example.co.uk"),
    ],
)
def test_international_and_tagged_addresses_work(address: str, kept: str, license_in: LicenseIn, owner: Actor) -> None:
    services.assign(owner, license_in(), address)
    assert Customer.objects.get().email == kept


@pytest.mark.spec("CUS-21")
@pytest.mark.parametrize(
    "address",
    ["", "john", "john@", "@example.com", "a b@example.com", "john@example.com\nBcc: x@y.z", "x" * 65 + "@a.example",
     "j@" + "long." * 60 + "example", "john\x00@example.com"],
)  # fmt: skip
def test_a_bad_address_changes_nothing(address: str, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in()
    with pytest.raises(Invalid) as refusal:
        services.assign(owner, license, address)
    assert list(refusal.value.errors) == ["email"]
    license.refresh_from_db()
    assert license.status == Status.AVAILABLE
    assert not Customer.objects.exists()


@pytest.mark.spec("CUS-22")
def test_the_database_refuses_to_change_an_address(license_in: LicenseIn, owner: Actor) -> None:
    services.assign(owner, license_in(), "old@email.com")
    with pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.update(email="new@email.com")
    Customer.objects.update(name="Somebody")
    assert Customer.objects.get().email == "old@email.com"


@pytest.mark.spec("CUS-24")
def test_a_customer_without_licenses_stays(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ASSIGNED)
    services.delete_many(owner, [license])
    assert Customer.objects.get().licenses.count() == 0


def test_a_license_of_somebody_else_is_not_assigned_again(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ASSIGNED)
    with pytest.raises(Refused, match="another customer"):
        services.assign(owner, license, "sarah@company.com")
    assert Customer.objects.count() == 1


def test_an_inactive_product_hands_out_nothing(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in()
    products.update(owner, license.product, version=1, status="inactive")
    with pytest.raises(Refused, match="inactive"):
        services.assign(owner, license, "john@example.com")
    assert not Customer.objects.exists()


@pytest.mark.spec("LIC-08")
def test_bulk_assign_gives_stock_and_transfers_the_rest(license_in: LicenseIn, owner: Actor) -> None:
    rows = [license_in(), license_in(), license_in(Status.ACTIVE, "old@email.com")]
    assert services.assign_many(owner, rows, "new@email.com", name="New Owner") == 3
    customer = Customer.objects.get(email="new@email.com")
    assert sorted(row.status for row in customer.licenses.all()) == ["active", "assigned", "assigned"]
    assert services.assign_many(owner, rows, "new@email.com") == 0


@pytest.mark.spec("GEN-27")
def test_validity_counts_from_assignment(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in()
    assert license.expires_at is None
    with clock.fixed(datetime(2026, 1, 31, 12, tzinfo=UTC)):
        services.assign(owner, license, "john@example.com")
    assert license.expires_at == datetime(2027, 1, 31, 12, tzinfo=UTC)


def test_lifetime_never_expires(owner: Actor, generator: Generator) -> None:
    lifetime = generators.create(owner, product=generator.product, name="Lifetime", validity_count=None)
    license = services.generate(owner, lifetime, 1).licenses[0]
    services.assign(owner, license, "john@example.com")
    assert license.expires_at is None


@pytest.mark.parametrize(
    ("count", "unit", "end"),
    [
        (30, "days", (2024, 3, 1)),
        (1, "months", (2024, 2, 29)),
        (13, "months", (2025, 2, 28)),
        (4, "years", (2028, 1, 31)),
    ],
)
def test_months_and_years_go_by_the_calendar(count: int, unit: str, end: tuple[int, int, int]) -> None:
    start = datetime(2024, 1, 31, tzinfo=UTC)
    assert expiry_from(start, count, unit) == datetime(*end, tzinfo=UTC)
    assert expiry_from(start, None, unit) is None


def test_assigning_over_a_year_later_starts_then(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in()
    with clock.fixed(clock.now() + timedelta(days=700)):
        services.assign(owner, license, "john@example.com")
        assert license.expires_at is not None
        assert license.expires_at > clock.now() + timedelta(days=364)
