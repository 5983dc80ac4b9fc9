"""What people and programs do with licenses. Making and handing out stand in creation and assignment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, Right, require, require_own
from keyturn.core.clock import now
from keyturn.core.errors import Changed, Invalid, Refused
from keyturn.core.text import clean_line
from keyturn.licensing import values
from keyturn.licensing.generators.models import Generator, ValidityUnit
from keyturn.licensing.generators.services import check_ready
from keyturn.licensing.licenses.assignment import (
    assign,
    assign_many,
    check_recipient,
    transfer,
    transfer_all,
    unassign,
)
from keyturn.licensing.licenses.creation import (
    Added,
    Batch,
    add_keys,
    check_new,
    check_open,
    check_quantity,
    generate,
    issue,
)
from keyturn.licensing.licenses.events import license_entry, snapshot
from keyturn.licensing.licenses.lifecycle import audited, lock, resume_state, transition, transition_many
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.validity import one_more_period
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue

__all__ = [
    "Added",
    "Batch",
    "add_keys",
    "assign",
    "assign_many",
    "check_new",
    "check_open",
    "check_recipient",
    "create",
    "delete_many",
    "edit",
    "generate",
    "generate_later",
    "issue",
    "reactivate",
    "renew",
    "renew_many",
    "reveal",
    "reveal_own",
    "revoke",
    "revoke_many",
    "suspend",
    "transfer",
    "transfer_all",
    "unassign",
]
SUSPENSION_SOURCES = ("manual", "abuse", "payment")


def generate_later(actor: Actor, generator: Generator, quantity: int) -> UUID:
    """Queue a batch that is too large for a request (more than 100). Returns the job's UUID."""
    require(actor, Permission.MANAGE_LICENSES)
    check_quantity(quantity)
    check_ready(generator)
    author = {"id": actor.id, "environment": actor.environment}
    return enqueue("licenses.generate_batch", generator_id=generator.pk, quantity=quantity, actor=author)


@audited
@transaction.atomic
def suspend(actor: Actor, license: License, *, reason: str, source: str = "manual") -> License:
    """Block a license for a time (T4); devices stay known. Raises Invalid for `reason`, Refused."""
    require(actor, Permission.STOP_LICENSES)
    reason = clean_line(reason)
    errors: values.Errors = {}
    values.collect(errors, "reason", lambda: values.check_length(reason, 1, 500))
    values.collect(errors, "source", lambda: values.check_choice(source, SUSPENSION_SOURCES))
    values.raise_if_any(errors)
    transition(actor, license, Status.SUSPENDED, note=reason, source=source)
    return license


@audited
@transaction.atomic
def reactivate(actor: Actor, license: License) -> License:
    """End a suspension (T5): the license returns to the state it had before."""
    require(actor, Permission.STOP_LICENSES)
    if license.status in (Status.ASSIGNED, Status.ACTIVE):
        return license
    if license.status != Status.SUSPENDED:
        transition(actor, license, Status.ACTIVE)
    transition(actor, license, resume_state(license), event={"reactivated": True})
    return license


@audited
@transaction.atomic
def revoke(actor: Actor, license: License, *, reason: str = "") -> License:
    """Stop a license for good and end its devices (T7)."""
    require(actor, Permission.STOP_LICENSES)
    transition(actor, license, Status.REVOKED, note=clean_line(reason)[:500])
    return license


@audited
@transaction.atomic
def revoke_many(actor: Actor, licenses: Sequence[License], *, reason: str = "") -> int:
    """Stop many licenses for good, in one transaction. Returns how many changed."""
    require(actor, Permission.STOP_LICENSES)
    return len(transition_many(actor, licenses, Status.REVOKED, note=clean_line(reason)[:500]))


@audited
@transaction.atomic
def renew(actor: Actor, license: License, *, expires_at: datetime | None) -> License:
    """Give a license a later expiry; None means never. An expired one comes back into use (T9)."""
    require(actor, Permission.MANAGE_LICENSES)
    fresh = lock([license])[0]
    if fresh.status == Status.EXPIRED:
        transition(actor, license, resume_state(fresh), event={"renewed": True}, expires_at=expires_at)
        return license
    if fresh.status == Status.REVOKED:
        raise Refused("This license is revoked, which is final. Issue a new license instead.")
    if expires_at is not None and (expires_at <= now() or (fresh.expires_at and expires_at <= fresh.expires_at)):
        raise Refused("Enter an expiry date later than the present one and in the future.")
    _write(actor, fresh, {"expires_at": expires_at}, renewed=True)
    license.refresh_from_db()
    return license


@audited
@transaction.atomic
def renew_many(actor: Actor, licenses: Sequence[License], *, until: str, asked_at: datetime) -> int:
    """Give many licenses a later end, all or none; how many changed.

    `until`: "period" for one more period of each, "never", or a moment in ISO 8601. Licenses that never
    expire are left alone, and with "period" those that were changed since `asked_at`: asked twice, it
    lengthens once. Raises Refused.
    """
    require(actor, Permission.MANAGE_LICENSES)
    renewed = 0
    for license in lock(licenses):
        if license.status != Status.REVOKED and license.expires_at is None:
            continue
        if until == "period":
            if license.updated_at > asked_at:
                continue
            end: datetime | None = one_more_period(
                license.expires_at, asked_at, license.validity_count, license.validity_unit
            )
        else:
            end = None if until == "never" else datetime.fromisoformat(until)
            if end == license.expires_at:
                continue
        renew(actor, license, expires_at=end)
        renewed += 1
    return renewed


@audited
@transaction.atomic
def create(
    actor: Actor,
    /,
    generator: Generator,
    *,
    email: str = "",
    activation_limit: int | None = None,
    lifetime: bool = False,
    features: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    **changes: Any,
) -> License:
    """Make one license by hand (LIC-10), assigned at once with an e-mail; what is left out is the generator's.

    `features` and `metadata` are laid over those of product and generator; `changes` as in `edit`.
    Raises Invalid, Refused.
    """
    require(actor, Permission.MANAGE_LICENSES)
    limit = {} if activation_limit is None else {"activation_limit": activation_limit}
    _check_edit({**changes, **limit, "features": features or {}, "metadata": metadata or {}})
    validity = (None, generator.validity_unit) if lifetime else None
    made = generate(actor, generator, 1, activation_limit=activation_limit, validity=validity).licenses
    if not made:
        raise Refused("Every key that was drawn exists already. Give the generator longer keys.")
    license = made[0]
    changes["features"] = {**license.features, **(features or {})}
    changes["metadata"] = {**license.metadata, **(metadata or {})}
    edit(actor, license, version=license.version, email=email, **changes)
    return license


@audited
@transaction.atomic
def edit(actor: Actor, /, license: License, *, version: int, email: str = "", **changes: Any) -> License:
    """Change limit, expiry, features, metadata or order reference of a license as it was at `version`.

    With `email` it is handed to that customer too (LIC-24). A later expiry on an expired license
    renews it. Raises Invalid, Refused, Changed.
    """
    require(actor, Permission.MANAGE_LICENSES)
    fresh = lock([license])[0]
    if fresh.version != version:
        raise Changed
    if fresh.status == Status.REVOKED:
        raise Refused("A revoked license cannot be edited.")
    changes = {field: value for field, value in changes.items() if value != getattr(fresh, field)}
    _check_edit(changes)
    if fresh.status == Status.EXPIRED and "expires_at" in changes:
        renew(actor, fresh, expires_at=changes.pop("expires_at"))
    if changes:
        _write(actor, lock([license])[0], changes)
    if email:
        transfer(actor, fresh, email)
    license.refresh_from_db()
    return license


@transaction.atomic
def delete_many(actor: Actor, licenses: Sequence[License]) -> int:
    """Remove licenses and their activations for good; the audit trail keeps what they were (LCY-17)."""
    require(actor, Permission.MANAGE_LICENSES)
    rows = lock(licenses)
    audit.record_many(actor, [license_entry("license.deleted", row, snapshot(row), was=snapshot(row)) for row in rows])
    License.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def reveal(actor: Actor, license: License) -> str:
    """The full key, for somebody who may see it; that he saw it goes on record (CUS-12)."""
    require(actor, Permission.REVEAL_KEYS)
    audit.record(actor, license_entry("license.key_revealed", license, snapshot(license)))
    return license.license_key


def reveal_own(actor: Actor, license: License) -> str:
    """The full key, for the customer who owns the license; that he saw it goes on record."""
    require_own(actor, Right.REVEAL_KEYS, license.customer.uuid if license.customer else None)
    audit.record(actor, license_entry("license.key_revealed", license, snapshot(license)))
    return license.license_key


def _check_edit(changes: Mapping[str, Any]) -> None:
    errors: values.Errors = {}
    for field, value in changes.items():
        values.collect(errors, field, partial(_EDIT_CHECKS[field], value))
    values.raise_if_any(errors)


def _check_expiry(value: datetime | None) -> None:
    if value is not None and value <= now():
        raise Invalid({"": ["Enter a date in the future, or leave it empty for never."]})


_EDIT_CHECKS: dict[str, Callable[[Any], None]] = {
    "activation_limit": partial(values.check_limit, highest=10_000),
    "features": values.check_features,
    "metadata": values.check_metadata,
    "order_reference": partial(values.check_length, lowest=0, highest=191),
    "expires_at": _check_expiry,
    "assigned_at": lambda _: None,
    "validity_count": values.check_validity,
    "validity_unit": partial(values.check_choice, choices=ValidityUnit.values),
}


def _write(actor: Actor, license: License, changes: Mapping[str, Any], **event: Any) -> None:
    shown = snapshot(license)
    before = {field: getattr(license, field) for field in changes}
    License.objects.filter(pk=license.pk).update(updated_at=now(), version=F("version") + 1, **changes)
    license.refresh_from_db()
    more: dict[str, Any] = {
        field: [before[field], getattr(license, field)]
        for field in changes
        if field in ("features", "metadata", "order_reference", "validity_count", "validity_unit")
    }
    audit.record(actor, license_entry("license.updated", license, shown, **more, **event))
