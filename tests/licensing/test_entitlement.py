"""Who may download what: the state of the license, the rules of the release, and links that end."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from keyturn.access.actors import Actor, system
from keyturn.core import clock
from keyturn.core.errors import NotPermitted, Refused
from keyturn.licensing.licenses import kill_switch
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import downloads, entitlement, links, services
from keyturn.licensing.releases.links import Standing
from keyturn.licensing.releases.models import Release
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.storage import services as storage
from keyturn.platform.storage.places import Missing
from tests.licensing.conftest import LicenseIn, generator, license_in, product
from tests.licensing.shelf import ReleaseOf, release_of

__all__ = ["generator", "license_in", "product", "release_of"]
pytestmark = pytest.mark.django_db
JANUARY = datetime(2026, 1, 15, 12, tzinfo=UTC)


def _offered(email: str = "john@example.com") -> list[str]:
    return [offer.release.version for offer in downloads.offers(Customer.objects.get(email=email))]


@pytest.mark.spec("DLD-30", "CLP-40")
@pytest.mark.parametrize(
    ("state", "seen"),
    [(Status.ASSIGNED, True), (Status.ACTIVE, True), (Status.SUSPENDED, False), (Status.EXPIRED, False),
     (Status.REVOKED, False)],
)  # fmt: skip
def test_the_state_of_the_license_decides(
    state: Status, seen: bool, product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    release_of(product)
    license_in(state)
    assert _offered() == (["2.4.0"] if seen else [])


@pytest.mark.spec("DLD-30")
def test_an_assigned_license_counts_only_when_the_product_says_so(
    owner: Actor, product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    file = release_of(product).files.get()
    license = license_in(Status.ASSIGNED)
    products.update(owner, product, version=product.version, downloads_before_activation=False)
    assert _offered() == []
    john = license.customer
    assert john
    with pytest.raises(Refused, match="Activate your license"):
        downloads.allow_own(customers.actor_of(john), john, file)


@pytest.mark.spec("DLD-30")
def test_an_active_license_that_just_ran_out_opens_nothing(
    product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    release_of(product)
    license = license_in(Status.ACTIVE)
    assert license.expires_at
    with clock.fixed(license.expires_at + timedelta(seconds=1)):
        assert _offered() == []


@pytest.mark.spec("DLD-30")
def test_neither_a_stopped_product_nor_somebody_elses_opens_anything(
    owner: Actor, product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    release_of(products.create(owner, name="Other"))
    license_in(Status.ACTIVE)
    assert _offered() == []
    release_of(product)
    assert _offered() == ["2.4.0"]
    kill_switch.pull(owner, product, confirmation=product.name)
    assert _offered() == []


@pytest.mark.spec("DLD-16", "DLD-30")
def test_drafts_and_releases_of_tomorrow_are_not_seen(
    owner: Actor, product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    license_in(Status.ACTIVE)
    today = clock.now().date()
    release_of(product, "3.0.0", release_date=today + timedelta(days=1))
    draft = release_of(product, "2.0.0", status="draft", release_date=today)
    assert _offered() == []
    services.set_status(owner, draft, "published")
    assert _offered() == ["2.0.0"]


@pytest.mark.spec("DLD-32", "CLP-40")
@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ({"assigned_after": date(2026, 1, 15)}, True),
        ({"assigned_after": date(2026, 1, 16)}, False),
        ({"assigned_before": date(2026, 1, 15)}, True),
        ({"assigned_before": date(2026, 1, 14)}, False),
        ({"runs_until": date(2026, 6, 30)}, True),
        ({"runs_until": date(2026, 7, 1)}, False),
        ({"access_from": date(2026, 3, 1)}, True),
        ({"access_from": date(2026, 3, 2)}, False),
        ({"access_until": date(2026, 3, 1)}, True),
        ({"access_until": date(2026, 2, 28)}, False),
        ({"assigned_after": date(2026, 1, 1), "runs_until": date(2026, 7, 1)}, False),
        ({"assigned_after": date(2026, 1, 1), "runs_until": date(2026, 6, 1), "access_until": date(2026, 4, 1)}, True),
    ],
)
def test_every_rule_of_a_release_must_hold(
    rules: dict[str, Any], allowed: bool, product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    release_of(product, **rules)
    license = license_in(Status.ACTIVE)
    end = datetime(2026, 6, 30, 23, tzinfo=UTC)
    License.objects.filter(pk=license.pk).update(assigned_at=JANUARY, expires_at=end)
    with clock.fixed(datetime(2026, 3, 1, 9, tzinfo=UTC)):
        assert bool(_offered()) == allowed
        assert entitlement.is_narrowed(Release.objects.get())


@pytest.mark.spec("DLD-32")
def test_a_license_for_ever_runs_long_enough(product: Product, release_of: ReleaseOf, license_in: LicenseIn) -> None:
    release_of(product, runs_until=date(2099, 1, 1))
    license = license_in(Status.ACTIVE)
    assert _offered() == []
    License.objects.filter(pk=license.pk).update(expires_at=None)
    assert _offered() == ["2.4.0"]


@pytest.mark.spec("DLD-32", "CLP-42")
def test_one_good_license_is_enough_and_else_the_nearest_gives_the_reason(
    product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    release = release_of(product, assigned_after=date(2026, 2, 1))
    old, new = license_in(Status.ACTIVE), license_in(Status.SUSPENDED)
    License.objects.filter(pk=old.pk).update(assigned_at=JANUARY)
    rows = list(License.objects.select_related("product"))
    verdict, license = entitlement.best(release, rows, clock.now())
    assert (verdict.code, license) == ("assigned_in_time", old)
    assert "Feb 1, 2026" in verdict.message
    assert entitlement.best(release, [], clock.now()) == (entitlement.NO_LICENSE, None)
    rows.append(license_in(Status.ACTIVE))
    rows[-1].product = product
    assert entitlement.best(release, rows, clock.now())[0].allowed
    assert new.pk


@pytest.mark.spec("DLD-34", "CLP-42")
def test_a_download_is_counted_and_on_the_timeline(
    product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    file = release_of(product).files.select_related("release__product").get()
    john = license_in(Status.ACTIVE).customer
    assert john
    actor = customers.actor_of(john, ip="203.0.113.7")
    license = downloads.allow_own(actor, john, file)
    downloads.record(actor, file, license)
    downloads.record(actor, file, license)
    file.refresh_from_db()
    assert (file.downloads, Release.objects.get().downloads) == (2, 2)
    event = AuditEvent.objects.filter(action="customer.downloaded").latest("pk")
    assert (event.customer_uuid, event.license_uuid) == (john.uuid, license.uuid)
    assert event.changes == {"product": "Pro App", "version": "2.4.0", "file": "setup.exe"}
    assert audit.personal_data(event) == {"ip": "203.0.113.7"}
    assert "203.0.113.7" not in str(event.changes)


@pytest.mark.spec("DLD-34")
def test_whoever_only_looks_on_or_has_no_license_gets_nothing(
    owner: Actor, product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    file = release_of(product).files.get()
    john, sarah = license_in(Status.ACTIVE).customer, license_in(Status.SUSPENDED, "sarah@company.com").customer
    assert john
    assert sarah
    for actor in (owner, system(), customers.actor_of(sarah)):
        with pytest.raises(NotPermitted):
            downloads.allow_own(actor, john, file)
    with pytest.raises(downloads.Denied):
        downloads.allow_own(customers.actor_of(sarah), sarah, file)


@pytest.mark.spec("CLP-42")
def test_a_file_that_is_gone_from_the_storage_is_missing(
    product: Product, release_of: ReleaseOf, license_in: LicenseIn
) -> None:
    file = release_of(product).files.get()
    john = license_in(Status.ACTIVE).customer
    assert john
    storage.place(file.storage).delete(file.key)
    with pytest.raises(Missing):
        downloads.allow_own(customers.actor_of(john), john, file)


@pytest.mark.spec("DLD-31", "CLP-42")
def test_a_link_is_good_for_fifteen_minutes_for_one_file_and_one_session() -> None:
    file, other = uuid.uuid4(), uuid.uuid4()
    with clock.fixed(JANUARY):
        signature = links.sign(file, "session:1")
        assert links.expiry(signature) == JANUARY + timedelta(minutes=15)
        assert links.check(signature, file, "session:1") == Standing.GOOD
        assert links.check(signature, other, "session:1") == Standing.FORGED
        assert links.check(signature, file, "session:2") == Standing.FORGED
    with clock.fixed(JANUARY + timedelta(minutes=15)):
        assert links.check(signature, file, "session:1") == Standing.GOOD
    with clock.fixed(JANUARY + timedelta(minutes=15, seconds=1)):
        assert links.check(signature, file, "session:1") == Standing.EXPIRED
        assert links.check(signature, file, "session:2") == Standing.FORGED


@pytest.mark.spec("DLD-31")
@pytest.mark.parametrize("change", ["", ".", "x.y", "-1.00", "9" * 13 + ".00", "1.é", "nonsense"])
def test_an_altered_signature_is_forged(change: str) -> None:
    assert links.check(change, uuid.uuid4(), "session:1") == Standing.FORGED


@pytest.mark.spec("DLD-31")
def test_a_link_cannot_be_made_to_last_longer() -> None:
    file = uuid.uuid4()
    moment, _, seal = links.sign(file, "anybody").partition(".")
    assert links.check(f"{int(moment) + 60}.{seal}", file, "anybody") == Standing.FORGED
