"""New activations are judged every quarter of an hour, and what is found stands at the license."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.clock import now
from keyturn.licensing.abuse import detection, standing
from keyturn.licensing.abuse.countries import countries
from keyturn.licensing.abuse.models import Counter, Finding, Watermark
from keyturn.licensing.abuse.tasks import detect
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.timetable import timetable
from keyturn.platform.preferences import services as preferences
from tests.countries import country_file
from tests.licensing.conftest import LicenseIn

__all__ = ["country_file"]
pytestmark = pytest.mark.django_db
Activate = Callable[..., None]


@pytest.fixture
def wide(license_in: LicenseIn, owner: Actor) -> License:
    """A license with room for everything."""
    license = license_in(Status.ASSIGNED)
    services.edit(owner, license, version=license.version, activation_limit=-1)
    detection.run()
    return license


@pytest.fixture
def activate(owner: Actor) -> Activate:
    """Activate `count` devices, a second apart, some minutes ago; later calls go on behind earlier ones."""
    last = [now() - timedelta(days=9)]

    def some(license: License, count: int, ip: str = "", name: str = "PC") -> None:
        for number in range(count):
            last[0] = max(last[0] + timedelta(seconds=1), now() - timedelta(minutes=10))
            with clock.fixed(last[0]):
                activations.activate(owner, license, identifier=f"{name}-{number}", kind="hardware", ip=ip)

    return some


def _found(license: License) -> dict[str, int]:
    return {one.rule: one.seen for one in standing.open_findings(license)}


@pytest.mark.spec("ACT-31")
def test_five_in_a_minute_are_a_finding(wide: License, activate: Activate) -> None:
    activate(wide, 4)
    assert detection.run() == {"judged": 4, "suspicious": 0}
    activate(wide, 2, name="MORE")
    assert detection.run() == {"judged": 2, "suspicious": 2}
    assert _found(wide) == {"simultaneous": 6}
    finding = Finding.objects.get()
    assert (finding.severity, finding.hits, finding.limit) == ("critical", 2, 5)
    assert finding.text == "6 activations in one minute"
    assert (Counter.objects.get().hits, Counter.objects.get().flagged_at) == (2, None)
    wide.refresh_from_db()
    assert wide.status == Status.ACTIVE


@pytest.mark.spec("ACT-31")
def test_nothing_is_judged_twice_and_a_rule_has_one_open_finding(wide: License, activate: Activate) -> None:
    activate(wide, 5)
    assert detection.run()["suspicious"] == 1
    assert detection.run() == {"judged": 0, "suspicious": 0}
    activate(wide, 3, name="MORE")
    detection.run()
    finding = Finding.objects.get(rule="simultaneous")
    assert (finding.seen, finding.hits, Counter.objects.get().hits) == (8, 4, 4)
    assert Watermark.objects.get().judged == Activation.objects.latest("pk").pk


@pytest.mark.spec("ACT-31")
def test_the_threshold_flags_and_only_admins_learn_of_it(wide: License, activate: Activate) -> None:
    activate(wide, 9)
    detection.run()
    assert Counter.objects.get().flagged_at is not None
    event = AuditEvent.objects.get(action="license.flagged")
    assert (event.actor_kind, event.license_uuid, event.changes["hits"]) == ("system", wide.uuid, 5)
    wide.refresh_from_db()
    assert (wide.status, wide.status_reason) == (Status.ACTIVE, "")
    activate(wide, 2, name="MORE")
    detection.run()
    assert AuditEvent.objects.filter(action="license.flagged").count() == 1


@pytest.mark.spec("ACT-31", "ABU-16")
def test_auto_suspend_stops_the_license_once_it_is_flagged(wide: License, activate: Activate) -> None:
    preferences.set_value("abuse.auto_suspend", "on")
    activate(wide, 8)
    detection.run()
    wide.refresh_from_db()
    assert wide.status == Status.ACTIVE
    activate(wide, 1, name="MORE")
    detection.run()
    wide.refresh_from_db()
    assert (wide.status, wide.status_source) == (Status.SUSPENDED, "abuse")
    assert wide.status_reason == "Abuse detection: 9 activations in one minute"
    event = AuditEvent.objects.get(action="license.suspended")
    assert (event.actor_kind, event.actor_label) == ("system", "abuse detection")
    # Nothing further can be done to it: it stays as it is.
    assert activations.end_all(Actor("system"), wide) == 9
    assert detection.run()["suspicious"] == 0


@pytest.mark.spec("ACT-31")
def test_switched_off_nothing_is_judged_then_or_later(wide: License, activate: Activate) -> None:
    preferences.set_value("abuse.enabled", "")
    activate(wide, 9)
    assert detection.run() == {"judged": 9, "suspicious": 0}
    preferences.set_value("abuse.enabled", "on")
    detection.run()
    assert not Finding.objects.exists()


@pytest.mark.spec("ACT-31")
def test_many_licenses_from_one_address(owner: Actor, license_in: LicenseIn, activate: Activate) -> None:
    preferences.set_value("abuse.address", 4)
    licenses = [license_in(Status.ASSIGNED) for _ in range(4)]
    for license in licenses:
        activate(license, 1, ip="198.51.100.9")
    detection.run()
    assert [_found(license) for license in licenses] == [{}, {}, {}, {"address": 4}]


@pytest.mark.spec("ACT-31")
def test_three_days_of_quiet_start_anew(wide: License, activate: Activate) -> None:
    activate(wide, 9)
    detection.run()
    with clock.fixed(now() + timedelta(hours=71)):
        assert standing.forget() == 0
    with clock.fixed(now() + timedelta(hours=73)):
        assert standing.forget() == 1
    counter = Counter.objects.get()
    assert (counter.hits, counter.flagged_at, counter.last_at) == (0, None, None)
    assert _found(wide) == {}
    assert Finding.objects.filter(closed_at__isnull=False).count() == 1


@pytest.mark.spec("ACT-31", "ABU-16")
def test_who_reactivates_a_license_forgives_what_was(wide: License, owner: Actor, activate: Activate) -> None:
    preferences.set_value("abuse.auto_suspend", "on")
    activate(wide, 9)
    detection.run()
    wide.refresh_from_db()
    services.reactivate(owner, wide)
    assert standing.forget() == 1
    assert _found(wide) == {}
    with clock.fixed(now() + timedelta(minutes=20)):
        activate(wide, 4, name="MORE")
        assert detection.run() == {"judged": 4, "suspicious": 0}
    assert standing.forget() == 0
    wide.refresh_from_db()
    assert wide.status == Status.ACTIVE


def test_an_activation_that_is_not_settled_waits(wide: License, owner: Actor, activate: Activate) -> None:
    activations.activate(owner, wide, identifier="NOW", kind="hardware")
    activate(wide, 2)
    assert detection.run()["judged"] == 0
    with clock.fixed(now() + timedelta(minutes=1)):
        assert detection.run()["judged"] == 3


def test_a_first_look_goes_back_a_day(license_in: LicenseIn, owner: Actor, activate: Activate) -> None:
    license = license_in(Status.ASSIGNED)
    services.edit(owner, license, version=license.version, activation_limit=-1)
    with clock.fixed(now() - timedelta(days=2)):
        activate(license, 3, name="OLD")
    activate(license, 2)
    assert detection.run()["judged"] == 2


def test_slices_and_a_second_worker(wide: License, activate: Activate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "SLICE", 2)
    activate(wide, 9)
    assert detection.run() == {"judged": 9, "suspicious": 5}
    activate(wide, 3, name="MORE")
    real = detection._judge

    def overtaken(*given: object) -> object:
        Watermark.objects.update(judged=10**9)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(detection, "_judge", overtaken)
    assert detection.run() == {"judged": 0, "suspicious": 0}
    assert Counter.objects.get().hits == 5


@pytest.mark.spec("ACT-31")
def test_countries_far_apart(wide: License, activate: Activate, country_file: Path) -> None:
    for ip in ("192.0.2.7", "198.51.100.7"):
        activate(wide, 1, ip=ip, name=ip)
    detection.run()
    assert _found(wide) == {}
    activate(wide, 1, ip="203.0.113.7", name="third")
    detection.run()
    assert _found(wide) == {"countries": 3}
    assert Finding.objects.get().countries == ["JP"]


@pytest.mark.spec("ACT-31")
def test_without_a_database_countries_are_not_known(wide: License, activate: Activate, settings: object) -> None:
    for ip in ("192.0.2.7", "198.51.100.7", "203.0.113.7"):
        activate(wide, 1, ip=ip, name=ip)
    detection.run()
    assert _found(wide) == {}
    assert countries().problem == "No country database is set up."


def test_a_country_database_that_is_none(country_file: Path, settings: object) -> None:
    assert [countries().of(ip) for ip in ("192.0.2.1", "203.0.113.1", "10.0.0.1", "::1", "no address", "")] == [
        "DE", "JP", "", "", "", "",
    ]  # fmt: skip
    country_file.with_name("other").write_bytes(b"not a database")
    settings.COUNTRY_DATABASE = str(country_file.with_name("other"))  # type: ignore[attr-defined]
    assert "no MMDB file" in countries().problem
    settings.COUNTRY_DATABASE = str(country_file.with_name("missing"))  # type: ignore[attr-defined]
    assert "cannot be read" in countries().problem


def test_it_runs_every_quarter_of_an_hour() -> None:
    assert timetable()[detect.name].period == timedelta(minutes=15)


def test_a_deleted_license_takes_its_findings_along(wide: License, owner: Actor, activate: Activate) -> None:
    activate(wide, 9)
    detection.run()
    services.delete_many(owner, [wide])
    assert not Finding.objects.exists()
    assert not Counter.objects.exists()
