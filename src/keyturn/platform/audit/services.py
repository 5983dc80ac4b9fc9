"""Writing audit events, in the transaction of the change they describe."""

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

from keyturn.access.actors import Actor
from keyturn.core import crypto
from keyturn.platform.audit.models import AuditEvent, DataKey


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, before it is written.

    `subject` is (kind, uuid). `changes` maps a field to [before, after] and holds no personal data;
    `personal` is sealed with the data key of `customer`.
    """

    action: str
    subject: tuple[str, UUID]
    changes: Mapping[str, Any] = field(default_factory=dict)
    customer: UUID | None = None
    license: UUID | None = None
    environment: str = ""
    note: str = ""
    personal: Mapping[str, Any] | None = None


def record(actor: Actor, entry: Entry) -> AuditEvent:
    """Append one event."""
    event = _event(actor, entry, _boxes({entry.customer} if entry.customer and entry.personal else set()))
    event.save(force_insert=True)
    return event


def record_many(actor: Actor, entries: Iterable[Entry]) -> None:
    """Append many events of one actor, in order."""
    waiting = list(entries)
    boxes = _boxes({entry.customer for entry in waiting if entry.customer and entry.personal})
    AuditEvent.objects.bulk_create([_event(actor, entry, boxes) for entry in waiting], batch_size=500)


def personal_data(event: AuditEvent) -> dict[str, Any]:
    """The personal data of an event; empty when there is none, or when its key was destroyed."""
    if not event.sealed or event.customer_uuid is None:
        return {}
    return unseal(event.customer_uuid, event.sealed)


def unseal(owner: UUID, sealed: str) -> dict[str, Any]:
    """What `seal` sealed for `owner`; empty when his key was destroyed."""
    row = DataKey.objects.filter(owner=owner).first()
    if row is None:
        return {}
    return _open(Fernet(crypto.unseal(row.sealed_key)), sealed)


def personal_data_of(customer: UUID, events: Iterable[AuditEvent]) -> dict[int, dict[str, Any]]:
    """The personal data of many events of one customer, by the id of the event; his key is read once."""
    row = DataKey.objects.filter(owner=customer).first()
    if row is None:
        return {}
    key = Fernet(crypto.unseal(row.sealed_key))
    return {event.pk: _open(key, event.sealed) for event in events if event.sealed}


def _open(key: Fernet, sealed: str) -> dict[str, Any]:
    try:
        opened: dict[str, Any] = json.loads(key.decrypt(sealed))
    except InvalidToken:
        # Sealed with an earlier key of his, destroyed since.
        return {}
    return opened


def _event(actor: Actor, entry: Entry, boxes: Mapping[UUID, Fernet]) -> AuditEvent:
    return AuditEvent(
        action=entry.action,
        environment=entry.environment or actor.environment,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label if actor.kind in ("api_key", "system") else "",
        subject_kind=entry.subject[0],
        subject_id=str(entry.subject[1]),
        customer_uuid=entry.customer,
        license_uuid=entry.license,
        changes=dict(entry.changes),
        note=entry.note[:500],
        request_id=actor.request_id,
        sealed=_sealed(boxes[entry.customer], entry.personal) if entry.personal and entry.customer else "",
    )


def seal(owner: UUID, personal: Mapping[str, Any]) -> str:
    """`personal` encrypted with the data key of the customer `owner`; destroying the key erases it."""
    return _sealed(_boxes({owner})[owner], personal)


def _sealed(box: Fernet, personal: Mapping[str, Any]) -> str:
    return box.encrypt(json.dumps(dict(personal), ensure_ascii=False).encode()).decode("ascii")


def _boxes(owners: Set[UUID]) -> dict[UUID, Fernet]:
    """What seals the data of each of `owners`; made for those who have none."""
    if not owners:
        return {}
    rows = {row.owner: row for row in DataKey.objects.filter(owner__in=owners)}
    fresh = [DataKey(owner=one, sealed_key=crypto.seal(Fernet.generate_key())) for one in sorted(owners - set(rows))]
    if fresh:
        # Two first events at once: one key wins, both seal with it.
        DataKey.objects.bulk_create(fresh, ignore_conflicts=True)
        rows |= {row.owner: row for row in DataKey.objects.filter(owner__in=[row.owner for row in fresh])}
    return {owner: Fernet(crypto.unseal(row.sealed_key)) for owner, row in rows.items()}
