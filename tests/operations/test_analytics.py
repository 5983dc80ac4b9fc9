"""The figures of the dashboard: counters, days, trends and the feed."""

from datetime import UTC, datetime, timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.operations.analytics import activity, days, figures, verifications
from keyturn.operations.analytics.figures import Figure
from keyturn.operations.analytics.models import DayFigures, VerificationCount
from keyturn.platform.logs.models import RequestLog
from tests.licensing.conftest import LicenseIn, generator, license_in, product

__all__ = ["generator", "license_in", "product"]
pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 10, 12, 2, tzinfo=UTC)
PRODUCTION = "production"


def log(
    at: datetime, code: int = 200, *, license: License | None = None, key: str = "", environment: str = PRODUCTION
) -> None:
    """A request that the gate has answered."""
    RequestLog.objects.create(
        at=at,
        environment=environment,
        endpoint="verify",
        code=code,
        status=200,
        license_id=license.pk if license else None,
        key_start=license.license_key[:8] if license else key,
    )


@pytest.mark.parametrize(
    ("value", "before", "change"),
    [(0, 0, 0), (7, 0, 100), (7, 7, 0), (9, 6, 50), (3, 6, -50), (0, 6, -100), (5, None, None)],
)
@pytest.mark.spec("DSH-06")
def test_trends(value: int, before: int | None, change: float | None) -> None:
    assert Figure(value, before).change == change


@pytest.mark.spec("DSH-05", "DSH-06")
def test_failed_verifications_of_24_hours_against_the_24_before() -> None:
    for hours, code in ((1, 205), (2, 204), (3, 200), (23, 210), (26, 205), (47, 202), (49, 202)):
        log(NOON - timedelta(hours=hours), code)
    log(NOON, 205)
    log(NOON - timedelta(hours=1), 205, environment="staging")
    log(NOON - timedelta(hours=1), 100, environment="")
    RequestLog.objects.create(at=NOON, environment=PRODUCTION, endpoint="activate", code=302, status=200)
    with clock.fixed(NOON):
        assert figures.read(PRODUCTION).failed_verifications == Figure(4, 2)
        assert figures.read("staging").failed_verifications == Figure(1, 0)
        verifications.add_up()
        assert figures.read(PRODUCTION).failed_verifications == Figure(4, 2)
        assert figures.read("staging").failed_verifications == Figure(1, 0)


@pytest.mark.spec("DSH-05", "DSH-07")
def test_adding_up_counts_each_request_once_and_leaves_the_newest() -> None:
    with clock.fixed(NOON):
        for seconds in (400, 390, 60, 31, 10, 1):
            log(NOON - timedelta(seconds=seconds))
        assert verifications.add_up() == 4
        assert verifications.add_up() == 0
        log(NOON)
        before = verifications.between(PRODUCTION, NOON - timedelta(days=1))
    with clock.fixed(NOON + timedelta(minutes=1)):
        assert verifications.add_up() == 3
        assert verifications.between(PRODUCTION, NOON - timedelta(days=1)) == before
    assert before == {verifications.floor(NOON - timedelta(seconds=400)): (2, 0), verifications.floor(NOON): (5, 0)}
    with clock.fixed(NOON + timedelta(days=10)):
        verifications.add_up()
    assert not VerificationCount.objects.exists()


def test_a_purged_log_does_not_stop_the_counters() -> None:
    RequestLog.objects.create(pk=900_000, at=NOON, environment=PRODUCTION, endpoint="verify", code=200, status=200)
    with clock.fixed(NOON + timedelta(minutes=5)):
        assert verifications.add_up() == 1
        assert verifications.between(PRODUCTION, NOON) == {verifications.floor(NOON): (1, 0)}


@pytest.mark.spec("DSH-05", "DSH-06", "DSH-07", "DSH-08")
def test_licenses_products_and_activations(owner: Actor, generator: Generator, license_in: LicenseIn) -> None:
    with clock.fixed(NOON - timedelta(days=2)):
        Product.objects.update(created_at=clock.now())
        license_in(Status.ACTIVE, "early@example.com")
        before = license_in(Status.ASSIGNED)
    with clock.fixed(NOON):
        license_in(Status.ACTIVE, "today@example.com")
        activations.activate(owner, before, identifier="LATE", kind="hardware")
        license_in(Status.AVAILABLE)
        license_in(Status.REVOKED)
        found = figures.read(PRODUCTION)
        assert found.products == Figure(1, 1)
        assert found.active_licenses == Figure(3, 1)
        assert found.activations_today == Figure(2, 0)
        assert [(point.day.day, point.activations) for point in found.week][-3:] == [(8, 1), (9, 0), (10, 2)]
        assert len(found.week) == 7
        assert found.top == [(generator.product, 5)]
        elsewhere = figures.read("staging")
        assert (elsewhere.products.value, elsewhere.active_licenses.value, elsewhere.top) == (0, 0, [])


@pytest.mark.spec("DSH-06")
def test_what_the_job_counted_yesterday_is_what_today_is_compared_with(license_in: LicenseIn) -> None:
    with clock.fixed(NOON - timedelta(days=1)):
        license_in(Status.ACTIVE)
        days.keep_figures()
    with clock.fixed(NOON):
        # What has stopped since yesterday is not active now, but was.
        License.objects.update(status=Status.SUSPENDED)
        assert figures.read(PRODUCTION).active_licenses == Figure(0, 1)
        days.keep_figures()
        assert figures.read(PRODUCTION).active_licenses == Figure(0, 1)
        ended = DayFigures.objects.get(environment=PRODUCTION, day=NOON.date() - timedelta(days=1))
        assert (ended.activations, ended.active_licenses) == (1, 1)
        # An ended day keeps its number when its devices are gone.
        License.objects.all().delete()
        assert days.activations_by_day(PRODUCTION)[ended.day] == 1


def test_a_large_environment_is_read_from_the_last_count(license_in: LicenseIn) -> None:
    license_in(Status.ACTIVE)
    DayFigures.objects.create(
        environment=PRODUCTION,
        day=days.today(),
        products=1,
        licenses=3_000_000,
        active_licenses=1_499_823,
        by_product=[[Product.objects.get().pk, 2_000_000]],
        counted_at=clock.now() - timedelta(minutes=20),
    )
    found = figures.read(PRODUCTION)
    assert found.active_licenses == Figure(1_499_823, None)
    assert found.top == [(Product.objects.get(), 2_000_000)]
    assert clock.now() - found.counted_at >= timedelta(minutes=20)


@pytest.mark.spec("DSH-12", "DSH-13", "DSH-14")
def test_the_feed_tells_what_happened_newest_first(owner: Actor, license_in: LicenseIn) -> None:
    with clock.fixed(NOON):
        license = license_in(Status.ACTIVE)
    for minutes, code in ((1, 200), (2, 200), (3, 200), (4, 205)):
        log(NOON + timedelta(minutes=minutes), code, license=license)
    log(NOON + timedelta(minutes=5), 210, key="PRO-NONE")
    with clock.fixed(NOON + timedelta(minutes=6)):
        services.revoke(owner, license, reason="refunded")
    created, *rows = activity.latest(PRODUCTION)
    # The fixture made it now, long after noon.
    assert (created.action, created.status, created.license) == ("Product Created", "info", None)
    assert [(row.action, row.status, row.count) for row in rows] == [
        ("License Revoked", "success", 1),
        ("License Verified", "error", 1),
        ("License Verified", "error", 1),
        ("License Verified", "success", 3),
        ("License Activated", "success", 1),
        ("License Assigned", "success", 1),
    ]
    assert [row.license_key for row in rows[:3]] == [license.license_key[:8], "PRO-NONE", license.license_key[:8]]
    assert rows[1].license is None
    assert rows[1].user == "System"
    assert rows[3].user == "john@example.com"
    assert activity.latest("staging") == []


@pytest.mark.spec("DSH-12")
def test_the_feed_holds_fifty_rows_whatever_their_age(license_in: LicenseIn) -> None:
    first, second = license_in(Status.ACTIVE), license_in(Status.ACTIVE)
    for number in range(60):
        log(NOON + timedelta(minutes=number), license=(first, second)[number % 2])
    assert len(activity.latest(PRODUCTION)) == 50


@pytest.mark.spec("DSH-13")
def test_what_was_deleted_stays_in_the_feed_without_links(license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    log(clock.now(), license=license)
    license.delete()
    for row in activity.latest(PRODUCTION):
        assert row.license is None
        if row.action.startswith("License"):
            assert row.license_key == license.license_key[:8]
