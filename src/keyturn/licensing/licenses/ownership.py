"""What becomes of licenses whose customer is deleted (CUS-43)."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.licensing.licenses import traces
from keyturn.licensing.licenses.events import license_entry, snapshot
from keyturn.licensing.licenses.lifecycle import lock, transition_many
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit


@dataclass(frozen=True, slots=True)
class Left:
    """What the customer had: licenses, devices in use on them, and how many licenses still name him."""

    licenses: int
    devices: int
    kept: int


@transaction.atomic
def lose_owner(actor: Actor, customer: Customer, *, release: bool) -> Left:
    """Part licenses from a person who is being deleted, in every environment; addresses of devices go.

    Without `release` they keep the customer's row, which will read Deleted Customer. With it, licenses in
    use go back to stock and their devices end; those that were stopped stay as they are, without an
    owner, so that no bad key is sold again.
    """
    require(actor, Permission.MANAGE_CUSTOMERS)
    owned = lock(License.objects.of(customer).only("pk"))
    traces.forget(customer)
    devices = sum(license.active_devices for license in owned)
    if not release:
        return Left(len(owned), devices, len(owned))
    in_use = [license for license in owned if license.status in (Status.ASSIGNED, Status.ACTIVE)]
    transition_many(actor, in_use, Status.AVAILABLE, event={"unassigned": True})
    _part(actor, [license for license in owned if license.status not in (Status.ASSIGNED, Status.ACTIVE)])
    return Left(len(owned), devices, 0)


def _part(actor: Actor, licenses: list[License]) -> None:
    before = [(license, snapshot(license), license.customer) for license in licenses]
    License.objects.filter(pk__in=[license.pk for license in licenses]).update(
        customer=None, updated_at=now(), version=F("version") + 1
    )
    entries = []
    for license, old, owner in before:
        license.customer = None
        entries.append(license_entry("license.updated", license, old, customer=owner, unassigned=True))
    audit.record_many(actor, entries)
