"""Possible misuse on the pages of a license and its devices, and the settings that decide it."""

from datetime import timedelta

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.core.clock import now
from keyturn.licensing.abuse import detection
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.platform.preferences.registry import of_tab
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(license_in: LicenseIn, owner: Actor) -> License:
    """A license that was activated nine times within ten seconds."""
    license = license_in(Status.ASSIGNED)
    services.edit(owner, license, version=license.version, activation_limit=-1)
    for number in range(9):
        with clock.fixed(now() - timedelta(minutes=5) + timedelta(seconds=number)):
            activations.activate(owner, license, identifier=f"PC-{number}", kind="hardware")
    detection.run()
    return license


@pytest.mark.spec("ACT-31")
def test_admins_read_what_was_found(super_admin: Client, busy: License) -> None:
    device = Activation.objects.latest("pk")
    for address in (f"/admin/licenses/{busy.uuid}", f"/admin/activations/{device.uuid}"):
        page = super_admin.get(address).content.decode()
        assert "Flagged for misuse." in page
        assert "5 suspicious activations. Customers do not see this." in page
        assert "Simultaneous Activation: 9 activations in one minute" in page


@pytest.mark.spec("ACT-31")
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_other_roles_do_not(client_of: ClientOf, busy: License, role: Role) -> None:
    assert "misuse" not in client_of(role).get(f"/admin/licenses/{busy.uuid}").content.decode()


@pytest.mark.spec("SET-90")
def test_the_first_three_controls_and_the_rules(super_admin: Client) -> None:
    assert [(one.label, one.default) for one in of_tab("abuse")][:3] == [
        ("Enable", True),
        ("Abuse Threshold", 5),
        ("Auto-Suspend", False),
    ]
    page = super_admin.get("/admin/settings/abuse").content.decode()
    assert "Geographic Spread is inactive." in page
    answer = super_admin.post("/admin/settings/abuse/save", {"abuse-threshold": "101"})
    assert (answer.status_code, "from 1 to 100" in answer.content.decode()) == (422, True)
