"""Handing out a customer's data, and erasing it (CUS-41 to CUS-44)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, Right, require, require_own
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import slugify_ascii
from keyturn.licensing.licenses import traces
from keyturn.licensing.licenses.ownership import lose_owner
from keyturn.licensing.offline import services as offline
from keyturn.operations.privacy.collecting import collect
from keyturn.operations.privacy.formats import FORMATS
from keyturn.operations.privacy.models import ComplianceRecord, Delivery, Kind, PreparedExport
from keyturn.people.apikeys import services as apikeys
from keyturn.people.customers.models import Customer
from keyturn.people.customers.services import erase as erase_person
from keyturn.people.signin import accounts
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.mail import services as mail
from keyturn.platform.preferences import services as preferences


@dataclass(frozen=True, slots=True)
class File:
    """What is handed out."""

    name: str
    content_type: str
    content: bytes


def export(actor: Actor, customer: Customer, format: str) -> File:
    """All that is kept about `customer` as one file; goes on record as delivered. Raises Invalid, Refused."""
    require(actor, Permission.EXPORT_CUSTOMERS)
    return _export(actor, customer, format, Delivery.DOWNLOAD)


def export_own(actor: Actor, customer: Customer, format: str) -> File:
    """The same, for the customer himself (CUS-42)."""
    require_own(actor, Right.EXPORT, customer.uuid)
    return _export(actor, customer, format, Delivery.PORTAL)


def _export(actor: Actor, customer: Customer, format: str, delivery: Delivery) -> File:
    check(customer, format)
    requested = now()
    # The data is read before its export is recorded: what is on record was delivered.
    file = write(customer, format)
    note(actor, customer, format, delivery, requested)
    return file


def check(customer: Customer, format: str) -> None:
    """Raise Invalid for an unknown format, and Refused for somebody who was deleted."""
    if format not in FORMATS:
        raise Invalid({"format": [f"Choose one of: {', '.join(one.label for one in FORMATS.values())}."]})
    if customer.erased_at:
        raise Refused("This customer was deleted. Nothing personal is left to export.")


def write(customer: Customer, format: str) -> File:
    """The file, without any record of it."""
    chosen = FORMATS[format]
    stem = slugify_ascii(customer.email.partition("@")[0], 40) or "customer"
    content = chosen.write(collect(customer))
    return File(f"{stem}-data-{now():%Y-%m-%d}.{chosen.suffix}", chosen.content_type, content)


@transaction.atomic
def note(actor: Actor, customer: Customer, format: str, delivery: Delivery, requested_at: datetime) -> None:
    """Put on record that an export was delivered just now."""
    _record(
        actor,
        customer,
        kind=Kind.EXPORT,
        sealed=audit.seal(customer.uuid, {"name": customer.name, "email": customer.email}),
        format=format,
        delivery=delivery,
        requested_at=requested_at,
    )
    changes = {"format": format, "delivery": str(delivery)}
    audit.record(actor, audit.Entry("customer.exported", ("customer", customer.uuid), changes, customer=customer.uuid))


@transaction.atomic
def delete(actor: Actor, customer: Customer, *, typed: str) -> None:
    """Erase a customer for good. His licenses stay or go back to stock, as the setting says.

    `typed` is the e-mail address, typed again. Raises Invalid, Refused.
    """
    require(actor, Permission.MANAGE_CUSTOMERS)
    found = Customer.objects.select_for_update().get(pk=customer.pk)
    if found.erased_at:
        raise Refused("This customer was deleted already.")
    if typed.strip().lower() != found.email:
        raise Invalid({"confirm": [f"Type {found.email} to confirm."]})
    mode = preferences.text("customers.on_delete")
    known = sorted(traces.addresses(found) | accounts.addresses(found))
    enqueue("privacy.remove_traces", licenses=traces.ever_owned(found), words=traces.words(found), addresses=known)
    offline.forget(found)
    left = lose_owner(actor, found, release=mode == "release")
    _record(actor, found, kind=Kind.DELETION, delivery=Delivery.NONE, note=f"{left.licenses} licenses: {mode}")
    changes = {"licenses": left.licenses, "devices": left.devices, "mode": mode}
    audit.record(actor, audit.Entry("customer.deleted", ("customer", found.uuid), changes, customer=found.uuid))
    PreparedExport.objects.filter(customer=found).delete()
    mail.forget(found.uuid)
    accounts.forget(found)
    # A key must not outlive its customer's row: naming nobody it would see everything.
    keys = apikeys.revoke_those_of(actor, found)
    erase_person(found, keep=left.kept > 0 or keys > 0)
    audit.forget(found.uuid)


def _record(actor: Actor, customer: Customer, **values: Any) -> None:
    ComplianceRecord.objects.create(
        customer_uuid=customer.uuid, actor_kind=actor.kind, actor_id=actor.id, delivered_at=now(), **values
    )
