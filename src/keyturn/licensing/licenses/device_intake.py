"""Taking devices over from elsewhere, so that programs in the field go on without a new activation."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.licensing.licenses import verification
from keyturn.licensing.licenses.diagnosis import question
from keyturn.licensing.licenses.events import activation_entry
from keyturn.licensing.licenses.lifecycle import lock, transition_many
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import DeviceStatus, Status
from keyturn.licensing.licenses.verification import Verdict
from keyturn.platform.audit import services as audit

# The member of `details` that marks such a device; no program can send it.
TAKEN_OVER: Final = "source"


@dataclass(frozen=True, slots=True)
class DeviceDraft:
    """A device as it was elsewhere; `kind` is one of Activation.Kind. Values are expected to be checked."""

    license_key: str
    identifier: str
    kind: str
    activated_at: datetime | None = None
    last_verified_at: datetime | None = None


@transaction.atomic
def take_in_devices(actor: Actor, drafts: Sequence[DeviceDraft]) -> list[Verdict]:
    """Add as many of `drafts` as the rules of an activation allow, in one transaction: a verdict each.

    ACTIVATED for the new ones, ALREADY_ACTIVE for those that are there, else what stands against it. A
    license becomes active with its first device (T3). Nobody is mailed: for the owners nothing changed.
    """
    require(actor, Permission.MANAGE_LICENSES)
    scope = License.objects.in_scope(actor).filter(license_key__in={draft.license_key for draft in drafts})
    licenses = {license.license_key: license for license in lock(scope)}
    in_use = Activation.objects.filter(license__in=licenses.values(), status=DeviceStatus.ACTIVE)
    known = set(in_use.values_list("license__license_key", "identifier"))
    verdicts, fresh = [], []
    for draft in drafts:
        license = licenses.get(draft.license_key)
        verdict = _judge(license, draft, known)
        if verdict is verification.ACTIVATED and license is not None:
            known.add((draft.license_key, draft.identifier))
            license.active_devices += 1
            fresh.append(_device(license, draft))
        verdicts.append(verdict)
    _store(actor, fresh)
    return verdicts


def _judge(license: License | None, draft: DeviceDraft, known: set[tuple[str, str]]) -> Verdict:
    if license is None:
        return verification.UNKNOWN
    pair = (draft.license_key, draft.identifier)
    return verification.activate(question(license, draft.identifier, known=pair in known))


def _device(license: License, draft: DeviceDraft) -> Activation:
    return Activation(
        license=license,
        product=license.product,
        environment=license.environment,
        identifier=draft.identifier,
        kind=draft.kind,
        activated_at=draft.activated_at or now(),
        last_verified_at=draft.last_verified_at,
        details={TAKEN_OVER: "import"},
    )


def _store(actor: Actor, fresh: Sequence[Activation]) -> None:
    Activation.objects.bulk_create(fresh)
    touched = {device.license.pk: device.license for device in fresh}
    # Under the lock the counts in memory are those of the rows.
    License.objects.bulk_update(touched.values(), ["active_devices"])
    first: dict[int, datetime] = defaultdict(now)
    for device in fresh:
        first[device.license.pk] = min(first[device.license.pk], device.activated_at)
    begun = [license for license in touched.values() if license.status == Status.ASSIGNED]
    transition_many(actor, begun, Status.ACTIVE, tell=False, values=lambda license: {"activated_at": first[license.pk]})
    audit.record_many(
        actor, [activation_entry("activation.created", device, device.license, note="Imported") for device in fresh]
    )
