"""Devices: adding one (T3 on the first), ending one. The limit holds whatever runs in parallel.

The lock on the license row makes parallel requests queue; beneath it two rules of the database would
hold alone: a slot is taken by a conditional UPDATE that still finds room, and a license has at most
one active row for an identifier.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, Right, require, require_own
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.core.text import clean_line
from keyturn.licensing.licenses import notices, verification
from keyturn.licensing.licenses.diagnosis import question
from keyturn.licensing.licenses.events import activation_entry
from keyturn.licensing.licenses.lifecycle import lock, transition
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import DeviceStatus, Status
from keyturn.licensing.licenses.verification import Verdict
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue


@transaction.atomic
def activate(
    actor: Actor,
    license: License,
    *,
    identifier: str,
    kind: str,
    ip: str = "",
    user_agent: str = "",
    details: Mapping[str, Any] | None = None,
    post_url: str = "",
) -> tuple[Verdict, Activation | None]:
    """Add a device under the license's lock: 300 with the new row, 301 with the known one, or a refusal.

    Deciding and writing are one transaction, so that parallel requests for one license queue (LCY-23).
    """
    fresh = _locked(license)
    if fresh is None:
        return verification.UNKNOWN, None
    device = fresh.activations.filter(identifier=identifier, status=DeviceStatus.ACTIVE).first()
    verdict = verification.activate(question(fresh, identifier, known=device is not None))
    if verdict is verification.ALREADY_ACTIVE and device is not None:
        Activation.objects.filter(pk=device.pk).update(last_verified_at=now(), last_ip=ip)
    if verdict is not verification.ACTIVATED:
        return verdict, device
    device = Activation.objects.create(
        license=fresh,
        product=fresh.product,
        environment=fresh.environment,
        identifier=identifier,
        kind=kind,
        activated_at=now(),
        last_verified_at=now(),
        activation_ip=ip,
        last_ip=ip,
        user_agent=user_agent[:255],
        details=dict(details or {}),
        post_url=post_url,
    )
    _take_slot(fresh)
    if fresh.status == Status.ASSIGNED:
        transition(actor, fresh, Status.ACTIVE, activated_at=now())
    audit.record(actor, activation_entry("activation.created", device, fresh, ip=ip))
    notices.activated(device, fresh)
    return verdict, device


@transaction.atomic
def deactivate(actor: Actor, license: License, *, identifier: str) -> tuple[Verdict, Activation | None]:
    """End the device that a program names: 400 with the row, or 210, 215, 401."""
    fresh = _locked(license)
    if fresh is None:
        return verification.UNKNOWN, None
    device = fresh.activations.filter(identifier=identifier, status=DeviceStatus.ACTIVE).first()
    verdict = verification.deactivate(question(fresh, identifier, known=device is not None))
    if verdict is verification.DEACTIVATED and device is not None:
        _end(actor, fresh, device, "", own=True)
    return verdict, device


@transaction.atomic
def end(actor: Actor, activation: Activation, *, reason: str = "") -> Activation:
    """End a device by hand and free its slot at once. Raises Refused when it has ended already (ACT-25)."""
    require(actor, Permission.DEACTIVATE)
    fresh, device = _active(activation)
    _end(actor, fresh, device, clean_line(reason)[:500])
    activation.refresh_from_db()
    return activation


@transaction.atomic
def end_all(actor: Actor, license: License, *, reason: str = "") -> int:
    """End every device of a license (ACT-26). Returns how many there were."""
    require(actor, Permission.DEACTIVATE)
    fresh = _locked(license)
    devices = list(fresh.activations.filter(status=DeviceStatus.ACTIVE).order_by("pk")) if fresh else []
    for device in devices:
        assert fresh is not None
        _end(actor, fresh, device, clean_line(reason)[:500])
    return len(devices)


@transaction.atomic
def end_own(actor: Actor, activation: Activation) -> Activation:
    """Let a customer end one of his devices; the license stays as it is. Raises Refused (CLP-32)."""
    owner = activation.license.customer
    require_own(actor, Right.DEACTIVATE, owner.uuid if owner else None)
    fresh, device = _active(activation)
    if fresh.customer_id != activation.license.customer_id:
        raise Refused("This license has a new owner. Reload the page.")
    if fresh.status == Status.SUSPENDED:
        raise Refused("The license is suspended, so its devices cannot be changed. Contact support.")
    _end(actor, fresh, device, "")
    notices.deactivated(device, fresh)
    activation.refresh_from_db()
    return activation


def _active(activation: Activation) -> tuple[License, Activation]:
    fresh = _locked(activation.license)
    device = None if fresh is None else fresh.activations.filter(pk=activation.pk, status=DeviceStatus.ACTIVE).first()
    if fresh is None or device is None:
        raise Refused("This device is not active any more.")
    return fresh, device


def _end(actor: Actor, license: License, device: Activation, reason: str, *, own: bool = False) -> None:
    """`own`: the program on the device asked for it, and need not be told."""
    device.status, device.deactivated_at, device.deactivated_reason = DeviceStatus.INACTIVE, now(), reason
    device.save(update_fields=["status", "deactivated_at", "deactivated_reason"])
    License.objects.filter(pk=license.pk, active_devices__gt=0).update(active_devices=F("active_devices") - 1)
    audit.record(actor, activation_entry("activation.deleted", device, license, note=reason))
    if device.post_url and not own:
        enqueue("api.device_removed", activation_id=device.pk)


def _take_slot(license: License) -> None:
    room = Q(activation_limit__lt=1) | Q(active_devices__lt=F("activation_limit"))
    if not License.objects.filter(room, pk=license.pk).update(active_devices=F("active_devices") + 1):
        raise AssertionError("a slot was free under the lock and is not any more")


def _locked(license: License) -> License | None:
    rows = lock([license])
    return rows[0] if rows else None
