"""Rules about admins."""

import pytest
from tests.installation import Installation

from keyturn.access.actors import Actor, system
from keyturn.access.permissions import Role
from keyturn.core.errors import Invalid, Refused
from keyturn.people.admins import services
from keyturn.people.admins.models import Admin
from keyturn.platform.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
ERASED = """
import sqlite3
from pathlib import Path
from django.conf import settings
from django.db import connection
from keyturn.access.actors import system
from keyturn.people.admins import services, tasks
from keyturn.people.admins.models import Admin
from keyturn.platform.jobs.models import Job
actor = system("test")
for name in ("Boss", "Quillfeather"):
    email = f"{name.lower()}@example.com"
    services.create(actor, name=name, email=email, role="super_admin", password="Tr0ub4dor&3 horse")
services.delete(actor, Admin.objects.get(name="Quillfeather"))
print(Job.objects.filter(kind="admins.remove_traces").count())
if connection.vendor == "sqlite":
    path = Path(settings.DATABASES["default"]["NAME"])
    def kept():
        files = (path, path.with_name(path.name + "-wal"))
        return sum(file.read_bytes().lower().count(b"quillfeather") for file in files)
    print(kept() > 0)
    tasks.remove_traces.function(None)
    print(kept())
"""


@pytest.fixture
def mara() -> Admin:
    return services.add(system(), name="Mara", email="mara@example.com", role=Role.SUPER_ADMIN)


@pytest.fixture
def tom() -> Admin:
    return services.add(system(), name="Tom", email="tom@example.com", role=Role.OPERATOR, require_2fa=False)


@pytest.fixture
def actor(mara: Admin) -> Actor:
    return services.actor_of(mara)


def _as_is(admin: Admin, **changes: object) -> dict[str, object]:
    kept = {field: getattr(admin, field) for field in ("name", "role", "is_active", "require_2fa")}
    return {**kept, **changes}


@pytest.mark.spec("ADM-03")
def test_an_address_is_used_once_in_any_case(actor: Actor, tom: Admin) -> None:
    services.set_active(actor, tom, False)
    with pytest.raises(Invalid) as refusal:
        services.add(actor, name="Tom again", email=" TOM@Example.com ", role=Role.VIEWER)
    assert "Reactivate" in refusal.value.errors["email"][0]


@pytest.mark.spec("ADM-03")
def test_super_admins_always_need_a_second_factor(actor: Actor, tom: Admin) -> None:
    assert not tom.require_2fa
    assert services.update(actor, tom, **_as_is(tom, role=Role.SUPER_ADMIN)).require_2fa  # type: ignore[arg-type]


@pytest.mark.spec("ADM-05", "ADM-06", "ADM-07")
def test_the_last_super_admin_stays(tom: Admin, mara: Admin) -> None:
    other = system("command line")
    with pytest.raises(Refused, match="last active Super Admin"):
        services.set_active(other, mara, False)
    with pytest.raises(Refused, match="last active Super Admin"):
        services.update(other, mara, **_as_is(mara, role=Role.ADMIN))  # type: ignore[arg-type]
    with pytest.raises(Refused, match="last active Super Admin"):
        services.delete(other, mara)
    services.set_active(other, tom, False)
    mara.refresh_from_db()
    assert mara.is_active
    assert mara.role == Role.SUPER_ADMIN


@pytest.mark.spec("ADM-05", "ADM-06", "ADM-07")
def test_nobody_does_it_to_himself(actor: Actor, mara: Admin) -> None:
    services.add(actor, name="Second", email="second@example.com", role=Role.SUPER_ADMIN)
    with pytest.raises(Refused, match="cannot deactivate yourself"):
        services.set_active(actor, mara, False)
    with pytest.raises(Refused, match="cannot demote yourself"):
        services.update(actor, mara, **_as_is(mara, role=Role.ADMIN))  # type: ignore[arg-type]
    with pytest.raises(Refused, match="cannot delete yourself"):
        services.delete(actor, mara)
    assert services.update(actor, mara, **_as_is(mara, name="Mara L.")).name == "Mara L."  # type: ignore[arg-type]


@pytest.mark.spec("ADM-07")
def test_a_deleted_admin_leaves_an_id_and_no_person(actor: Actor, tom: Admin) -> None:
    services.delete(actor, tom)
    kept = Admin.objects.get(uuid=tom.uuid)
    assert (kept.name, kept.is_active, "tom" in kept.email) == ("Deleted Admin", False, False)
    assert not Admin.objects.present().filter(pk=tom.pk).exists()
    with pytest.raises(Refused, match="deleted"):
        services.set_active(actor, tom, True)
    again = services.add(actor, name="Tom", email="tom@example.com", role=Role.VIEWER)
    assert again.uuid != tom.uuid


@pytest.mark.spec("ADM-08")
def test_every_change_is_on_record_without_the_person(actor: Actor, tom: Admin) -> None:
    tom = services.update(actor, tom, **_as_is(tom, name="Thomas", role=Role.ADMIN))  # type: ignore[arg-type]
    tom = services.update(actor, tom, **_as_is(tom))  # type: ignore[arg-type]
    services.set_active(actor, tom, False)
    services.set_active(actor, tom, True)
    services.delete(actor, tom)
    events = AuditEvent.objects.filter(subject_id=str(tom.uuid)).order_by("pk")
    names = [event.action.removeprefix("admin.") for event in events]
    assert names == ["created", "role_changed", "deactivated", "reactivated", "deleted"]
    assert events[1].changes == {"role": ["operator", "admin"], "name": True}
    assert {event.actor_id for event in events[1:]} == {actor.id}


@pytest.mark.spec("ADM-08")
def test_no_file_holds_a_deleted_admin(installation: Installation) -> None:
    said = installation.python(ERASED).split()
    assert said == (["1"] if installation.database_url else ["1", "True", "0"])
