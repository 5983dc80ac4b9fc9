"""Who is told what: by role, never of his own doings, and only while he is active."""

import pytest

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.clock import now
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses import tasks
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.operations.privacy import services as privacy
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.platform.notifications import choices, folding, intake
from keyturn.platform.notifications.kinds import DEFAULTS, ROLES, Channels, Type
from keyturn.platform.notifications.models import Notification
from keyturn.platform.notifications.notices import Notice
from tests.licensing.conftest import LicenseIn
from tests.platform.notifications.conftest import titles

pytestmark = pytest.mark.django_db
Staff = dict[str, Admin]


@pytest.mark.spec("NTF-08")
@pytest.mark.parametrize("type", [Type.SYSTEM, Type.LICENSE, Type.TELEMETRY, Type.INTEGRATION])
def test_each_type_reaches_its_roles(type: Type, staff: Staff) -> None:
    intake.tell([Notice(type, "test", "Something")])
    folding.fold()
    told = {role for role, admin in staff.items() if titles(admin)}
    expected = {"super_admin", "admin", "operator"} if type == Type.LICENSE else {"super_admin", "admin"}
    assert told == expected == set(ROLES[type])


@pytest.mark.spec("NTF-08")
def test_inactive_and_deleted_admins_are_told_nothing(staff: Staff, me: Actor) -> None:
    other = admins.create(me, name="Second", email="second@example.com", role="admin", password="Harbour seventeen")
    admins.set_active(me, staff["admin"], False)
    admins.delete(me, other)
    folding.fold()
    intake.tell([Notice(Type.SYSTEM, "test", "Something")])
    folding.fold()
    assert titles(staff["super_admin"]) == ["Something × 1"]
    assert titles(staff["admin"]) == titles(other) == []


@pytest.mark.spec("NTF-09")
def test_nobody_is_told_of_his_own_doings(staff: Staff, license_in: LicenseIn) -> None:
    mine, theirs = license_in(Status.ASSIGNED), license_in(Status.ASSIGNED)
    folding.fold()
    Notification.objects.all().delete()
    licenses.revoke(admins.actor_of(staff["admin"], environment="production"), mine)
    licenses.revoke(admins.actor_of(staff["operator"], environment="production"), theirs)
    folding.fold()
    assert titles(staff["super_admin"]) == ["License revoked × 2"]
    assert titles(staff["admin"]) == titles(staff["operator"]) == ["License revoked × 1"]
    assert titles(staff["viewer"]) == []


@pytest.mark.spec("NTF-08", "NTF-09")
def test_another_role_is_told_to_its_holder_and_to_super_admins(staff: Staff) -> None:
    boss = staff["super_admin"]
    admins.update(
        admins.actor_of(boss), staff["viewer"], name="Vera", role=Role.OPERATOR, is_active=True, require_2fa=False
    )
    folding.fold()
    told = Notification.objects.of(staff["viewer"]).get()
    assert (told.type, told.title, told.body) == (
        "security",
        "The role of {admin} was changed",
        "From Viewer to Operator.",
    )
    # Of security one is told though it was oneself.
    assert titles(boss) == ["The role of {admin} was changed × 1"]
    assert titles(staff["admin"]) == []


@pytest.mark.spec("NTF-08", "NTF-14")
def test_ends_of_licenses_are_told_to_all_as_one_line_a_day(
    staff: Staff, owner: Actor, generator: Generator, license_in: LicenseIn
) -> None:
    for _ in range(3):
        license_in(Status.ASSIGNED)
    folding.fold()
    Notification.objects.all().delete()
    rows = list(License.objects.order_by("pk"))
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    # Days are whole ones, as in the list that the line leads to.
    for row, days in zip(rows, (7, 7.99, 1.5), strict=True):
        License.objects.filter(pk=row.pk).update(expires_at=midnight + tasks.timedelta(days=days))
    for _ in range(2):
        tasks.warn_admins.function(None)
        folding.fold()
    for role in ("viewer", "operator", "super_admin"):
        assert sorted(titles(staff[role])) == ["1 license ends tomorrow × 1", "2 licenses end in 7 days × 1"]


@pytest.mark.spec("NTF-12")
def test_preferences_choose_the_channels(staff: Staff) -> None:
    boss = staff["super_admin"]
    assert {type for type, channels in DEFAULTS.items() if channels.email} == {Type.SYSTEM, Type.SECURITY}
    assert all(channels.in_app for channels in DEFAULTS.values())
    wanted = {Type.SYSTEM: Channels(in_app=False, email=False), Type.SECURITY: Channels(in_app=False, email=False)}
    assert choices.save(admins.actor_of(boss), boss, wanted)
    intake.tell([Notice(Type.SYSTEM, "test", "Something"), Notice(Type.SECURITY, "x", "Hm", roles=("super_admin",))])
    folding.fold()
    assert titles(boss) == ["Hm × 1"]
    assert titles(staff["admin"]) == ["Something × 1"]
    assert not choices.save(admins.actor_of(boss), boss, wanted)


@pytest.mark.spec("NTF-07", "CUS-44")
def test_a_text_names_nobody_who_was_deleted(staff: Staff, owner: Actor, license_in: LicenseIn) -> None:
    license_in(Status.ASSIGNED, "john@example.com")
    folding.fold()
    line = Notification.objects.of(staff["admin"]).get()
    john = Customer.objects.get(email="john@example.com")
    assert line.body.endswith(", to {customer}")
    assert line.person == john.uuid
    from keyturn.portals.admin.notification_rows import rows_of

    assert rows_of([line])[0].body.endswith(", to john@example.com")
    privacy.delete(owner, john, typed=john.email)
    assert rows_of([line])[0].body.endswith(", to Deleted Customer")
