"""What a customer sees of a license that abuse detection stopped: that it is suspended, and nothing of why."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.abuse import detection
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from keyturn.platform.webhooks import services as webhooks
from keyturn.platform.webhooks.models import Delivery
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import VisitOf, visit_of

__all__ = ["visit_of"]
pytestmark = pytest.mark.django_db


@pytest.mark.spec("SET-91")
def test_the_customer_sees_suspended_only(
    license_in: LicenseIn, john: Customer, owner: Actor, visit_of: VisitOf
) -> None:
    preferences.set_value("abuse.auto_suspend", "on")
    webhooks.create(owner, name="Shop", url="https://9.9.9.9/x", environment="production", events=["license.suspended"])
    license = license_in(Status.ASSIGNED, john.email)
    services.edit(owner, license, version=license.version, activation_limit=-1)
    detection.run()
    with clock.fixed(clock.now() - timedelta(minutes=5)):
        for number in range(9):
            activations.activate(owner, license, identifier=f"PC-{number}", kind="hardware")
    detection.run()
    license.refresh_from_db()
    assert (license.status, license.status_source) == (Status.SUSPENDED, "abuse")
    assert {"license.flagged", "license.suspended"} <= set(AuditEvent.objects.values_list("action", flat=True))
    assert [one.event_name for one in Delivery.objects.all()] == ["license.suspended"]
    portal = visit_of(john)
    for address in ("/customer/dashboard", "/customer/licenses", f"/customer/licenses/{license.uuid}"):
        page = portal.get(address).content.decode()
        assert "Suspended" in page or "suspended" in page
        assert not [word for word in ("abuse", "misuse", "flagged", "Abuse") if word in page.split("<main")[1]]
    services.reactivate(owner, license)
    license.refresh_from_db()
    assert license.status == Status.ACTIVE
