"""Whose a license is: assignment (T2), transfer (LCY-12), unassignment (T8).

The first assignment to an e-mail address creates the customer, in the same transaction (CUS-20).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import clean_email
from keyturn.licensing.licenses import notices
from keyturn.licensing.licenses.events import license_entry, snapshot
from keyturn.licensing.licenses.lifecycle import TransitionRefused, audited, lock, transition, transition_many, why_not
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.validity import expiry_from
from keyturn.licensing.products.models import Product
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.people.signin import invitations
from keyturn.platform.audit import services as audit


def check_recipient(actor: Actor, email: str, *, name: str = "") -> None:
    """Raise Invalid for `email` or `name` unless `actor` may give licenses to somebody of that address and name."""
    require(actor, Permission.ASSIGN_LICENSES)
    if actor.customer_id is not None:
        _own(actor.customer_id, email)
    else:
        customers.clean_person(email, name)


@audited
@transaction.atomic
def assign(
    actor: Actor, license: License, email: str, *, name: str = "", assigned_at: datetime | None = None
) -> License:
    """Give an available license to a customer. Doing it again for the same customer changes nothing.

    Raises Invalid for the address, Refused when it belongs to somebody else.
    """
    require(actor, Permission.ASSIGN_LICENSES)
    customer = _recipient(actor, [license], email, name)
    fresh = lock([license])[0]
    if fresh.status != Status.AVAILABLE:
        if fresh.customer_id != customer.pk:
            raise TransitionRefused(fresh, Status.ASSIGNED, _taken(fresh))
    else:
        _hand_out(actor, [fresh], customer, assigned_at)
    license.refresh_from_db()
    return license


@audited
@transaction.atomic
def assign_many(
    actor: Actor, licenses: Sequence[License], email: str, *, name: str = "", assigned_at: datetime | None = None
) -> int:
    """Give all `licenses` to one customer: available ones are assigned, owned ones are transferred.

    All or none. Returns how many changed hands. Transferring needs the permission to manage licenses.
    """
    require(actor, Permission.ASSIGN_LICENSES)
    customer = _recipient(actor, licenses, email, name)
    rows = lock(licenses)
    stock = [row for row in rows if row.status == Status.AVAILABLE]
    owned = [row for row in rows if row.status != Status.AVAILABLE and row.customer_id != customer.pk]
    if owned:
        require(actor, Permission.MANAGE_LICENSES)
        _transfer(actor, owned, customer)
    _hand_out(actor, stock, customer, assigned_at)
    return len(stock) + len(owned)


@audited
@transaction.atomic
def transfer(actor: Actor, license: License, email: str, *, name: str = "") -> License:
    """Change the owner; state, key and devices stay (LCY-12)."""
    require(actor, Permission.MANAGE_LICENSES)
    customer = _recipient(actor, [license], email, name)
    fresh = lock([license])[0]
    if fresh.status == Status.AVAILABLE:
        _hand_out(actor, [fresh], customer, None)
    elif fresh.customer_id != customer.pk:
        _transfer(actor, [fresh], customer)
    license.refresh_from_db()
    return license


@transaction.atomic
def transfer_all(
    actor: Actor, owner: Customer, email: str, *, name: str = "", only: Collection[UUID] | None = None
) -> int:
    """Hand the licenses of `owner` in the actor's environment to another address (CUS-17); how many.

    `only` names some of them. Revoked ones keep their owner. Raises Invalid for the address and Refused
    when there is nothing to transfer.
    """
    require(actor, Permission.MANAGE_LICENSES)
    if clean_email(email) == owner.email:
        raise Invalid({"email": ["These licenses belong to this address already."]})
    rows = License.objects.in_scope(actor).of(owner).exclude(status=Status.REVOKED).only("pk")
    locked = lock(rows if only is None else rows.filter(uuid__in=only))
    licenses = [row for row in locked if row.customer_id == owner.pk and row.status != Status.REVOKED]
    if not licenses:
        raise Refused("Choose at least one license to transfer.")
    customer, _ = customers.find_or_create(actor, email, name=name)
    _transfer(actor, licenses, customer)
    return len(licenses)


@audited
@transaction.atomic
def unassign(actor: Actor, license: License) -> License:
    """Take an assigned or active license back into stock and end its devices (T8)."""
    require(actor, Permission.MANAGE_LICENSES)
    transition(actor, license, Status.AVAILABLE, event={"unassigned": True})
    return license


def _recipient(actor: Actor, licenses: Sequence[License], email: str, name: str) -> Customer:
    if actor.customer_id is not None:
        return _own(actor.customer_id, email)
    customer, created = customers.find_or_create(actor, email, name=name)
    if created:
        wanted = Product.objects.filter(pk__in={license.product_id for license in licenses}, email_on_issue=True)
        if products := list(wanted.order_by("name").values_list("name", flat=True)):
            invitations.invite(actor, customer, " and ".join(products[:2]) if len(products) < 3 else products[0])
    return customer


def _own(customer_id: int, email: str) -> Customer:
    # Looked for among one row only: whether others have an account is not to be learned (KEY-13).
    own = Customer.objects.filter(pk=customer_id, email=clean_email(email)).first()
    if own is None:
        raise Invalid({"email": ["This API key may assign licenses to its own customer alone."]})
    return own


def _hand_out(actor: Actor, licenses: Sequence[License], customer: Customer, at: datetime | None) -> None:
    start = at or now()

    def values(license: License) -> dict[str, Any]:
        # An expiry set by hand, or kept from an earlier owner (O8), is not computed again.
        expires_at = license.expires_at or expiry_from(start, license.validity_count, license.validity_unit)
        return {"customer_id": customer.pk, "assigned_at": start, "expires_at": expires_at}

    transition_many(actor, licenses, Status.ASSIGNED, values=values)
    notices.handed_out(customer, licenses)


def _transfer(actor: Actor, licenses: Sequence[License], customer: Customer) -> None:
    for license in licenses:
        if license.status == Status.REVOKED:
            raise Refused("A revoked license keeps its owner. Leave it out, or issue a new license.")
    before = [(license, snapshot(license), license.customer) for license in licenses]
    License.objects.filter(pk__in=[license.pk for license in licenses]).update(
        customer=customer, updated_at=now(), version=F("version") + 1
    )
    entries = []
    for license, old, owner in before:
        license.customer = customer
        entries.append(license_entry("license.assigned", license, old, transferred=True))
        if owner is not None:
            entries.append(license_entry("license.transferred", license, old, customer=owner))
    audit.record_many(actor, entries)
    notices.received(customer, licenses)
    notices.handed_on([(license, owner) for license, _, owner in before if owner is not None], customer)


def _taken(license: License) -> str:
    if license.status == Status.REVOKED:
        return why_not(Status.REVOKED, Status.ASSIGNED)
    if license.customer_id is None:
        return f"This license is {license.status}. Only an available license can be assigned."
    return "This license already belongs to another customer. Transfer it instead."
