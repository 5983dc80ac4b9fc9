"""What must be sent, written in the transaction of the change that it tells of."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.platform.audit.services import Entry
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.webhooks import entities, sealing
from keyturn.platform.webhooks.catalog import CALLBACK_NAME, CALLBACKS, SOURCES
from keyturn.platform.webhooks.entities import Shown
from keyturn.platform.webhooks.models import Delivery, Event, Webhook

SEND = "webhooks.send"
_NOT_CHANGES = frozenset({"key", "product", "was", "transition"})
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Happened:
    name: str
    entry: Entry
    environment: str


def note(actor: Actor, entries: Sequence[Entry]) -> None:
    """Write deliveries of what was just recorded, to each active webhook that listens.

    One query when nobody does; none for events that no webhook can have.
    """
    happened = [
        _Happened(name, entry, entry.environment or actor.environment)
        for entry in entries
        for name in SOURCES.get(entry.action, ())
    ]
    if not happened:
        return
    listening = _listeners(happened)
    heard = [one for one in happened if listening[one.environment, one.name]]
    for start in range(0, len(heard), _AT_ONCE):
        _write_told(actor, heard[start : start + _AT_ONCE], listening)


def emit(
    actor: Actor, names: Sequence[str], payload: Mapping[str, Any], *, environment: str, customer: UUID | None = None
) -> None:
    """Raise events that no audit entry stands for. Belongs into the transaction of what they tell of.

    `customer` is the one whose data stand in the payload.
    """
    webhooks = Webhook.objects.listening([environment], names)
    heard = {name: [one for one in webhooks if name in one.events] for name in names}
    told = {**payload, **_circumstances(actor)}
    events = [
        (Event(name=name, environment=environment, customer=customer), told, listening)
        for name, listening in heard.items()
        if listening
    ]
    if events:
        _write(events)


def is_heard(environment: str, name: str) -> bool:
    """Whether anybody listens; spares the making of a payload."""
    return bool(Webhook.objects.listening([environment], [name]))


def send_to(webhook: Webhook, event: Event, payload: Mapping[str, Any]) -> Delivery:
    """Write one delivery to one webhook, whatever it listens to."""
    return _write([(event, payload, [webhook])])[0]


@transaction.atomic
def call_back(url: str, document: str, name: str, *, environment: str, customer: UUID | None = None) -> Delivery:
    """Write the delivery of a signed answer to the address that a program left; belongs to what it tells of."""
    event = Event(name=name, environment=environment, customer=customer)
    event.sealed_payload = sealing.seal_many([(customer, {"document": document})])[0]
    event.save(force_insert=True)
    made = Delivery.objects.create(
        event=event,
        event_name=name,
        environment=environment,
        webhook_uuid=CALLBACKS,
        webhook_name=CALLBACK_NAME,
        url=url,
    )
    enqueue(SEND)
    return made


_Listening = Mapping[tuple[str, str], list[Webhook]]


def _listeners(happened: Sequence[_Happened]) -> _Listening:
    names = {one.name for one in happened}
    found: dict[tuple[str, str], list[Webhook]] = defaultdict(list)
    for webhook in Webhook.objects.listening({one.environment for one in happened}, names):
        for name in names.intersection(webhook.events):
            found[webhook.environment, name].append(webhook)
    return found


def _write_told(actor: Actor, happened: Sequence[_Happened], listening: _Listening) -> None:
    subjects: dict[str, set[UUID]] = defaultdict(set)
    for one in happened:
        kind, uuid = one.entry.subject
        subjects[kind].add(uuid)
    read = {kind: entities.read(kind, uuids) for kind, uuids in subjects.items()}
    circumstances = _circumstances(actor)
    told = []
    for one in happened:
        shown = _shown(one, read)
        event = Event(name=one.name, environment=one.environment, customer=shown.customer)
        payload = {**shown.members, **circumstances, **_changes(one)}
        told.append((event, payload, listening[one.environment, one.name]))
    _write(told)


def _shown(one: _Happened, read: Mapping[str, Mapping[UUID, Shown]]) -> Shown:
    kind, uuid = one.entry.subject
    return read[kind].get(uuid) or Shown({kind: {"uuid": str(uuid)}})


def _changes(one: _Happened) -> dict[str, Any]:
    if not one.name.endswith(".updated"):
        return {}
    return {"changes": {name: value for name, value in one.entry.changes.items() if name not in _NOT_CHANGES}}


def _circumstances(actor: Actor) -> dict[str, Any]:
    named = {"name": actor.label} if actor.kind in ("api_key", "system") else {}
    return {
        "actor": {"type": actor.kind, "id": actor.id or None, **named},
        "occurred_at": now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


@transaction.atomic
def _write(told: Sequence[tuple[Event, Mapping[str, Any], Sequence[Webhook]]]) -> list[Delivery]:
    """Three inserts, however many events."""
    sealed = sealing.seal_many([(event.customer, payload) for event, payload, _ in told])
    for (event, _, _), text in zip(told, sealed, strict=True):
        event.sealed_payload = text
    Event.objects.bulk_create(event for event, _, _ in told)
    made = Delivery.objects.bulk_create(
        Delivery(
            event=event,
            event_name=event.name,
            environment=event.environment,
            webhook=webhook,
            webhook_uuid=webhook.uuid,
            webhook_name=webhook.name,
            url=webhook.url,
        )
        for event, _, webhooks in told
        for webhook in webhooks
    )
    enqueue(SEND)
    return made
