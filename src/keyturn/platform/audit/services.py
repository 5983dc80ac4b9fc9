"""Writing audit events, in the transaction of the change they describe."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.db import connection

from keyturn.access.actors import Actor
from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.core.inserting import insert_free_rows
from keyturn.platform.audit.models import AuditEvent, DataKey


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, before it is written.

    `subject` is (kind, uuid). `changes` maps a field to [before, after] and holds no personal data;
    `personal` is sealed with the data key of `customer`, and so is `note`: people write what they like.
    """

    action: str
    subject: tuple[str, UUID]
    changes: Mapping[str, Any] = field(default_factory=dict)
    customer: UUID | None = None
    license: UUID | None = None
    environment: str = ""
    note: str = ""
    personal: Mapping[str, Any] | None = None


Listener = Callable[[Actor, Sequence[Entry]], None]
_listeners: list[Listener] = []


def subscribe(listener: Listener) -> None:
    """Call `listener` with whatever is recorded, in the same transaction: what derives from events is made there."""
    if listener not in _listeners:
        _listeners.append(listener)


def record(actor: Actor, entry: Entry) -> AuditEvent:
    """Append one event."""
    event = AuditEvent.objects.create(**_values(actor, entry, _boxes(_owners(actor, [entry]))))
    for listener in _listeners:
        listener(actor, [entry])
    return event


def record_many(actor: Actor, entries: Iterable[Entry]) -> None:
    """Append many events of one actor, in order.

    Not by the ORM: thousands of model instances take longer than the changes that they describe.
    """
    waiting = list(entries)
    boxes, moment = _boxes(_owners(actor, waiting)), connection.ops.adapt_datetimefield_value(now())
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, [_row(_values(actor, entry, boxes), moment) for entry in waiting])
    for listener in _listeners:
        listener(actor, waiting)


def personal_data(event: AuditEvent) -> dict[str, Any]:
    """The personal data of an event; empty when there is none, or when its key was destroyed."""
    if not event.sealed or event.customer_uuid is None:
        return {}
    return unseal(event.customer_uuid, event.sealed)


def unseal(owner: UUID, sealed: str) -> dict[str, Any]:
    """What `seal` sealed for `owner`; empty when his key was destroyed."""
    return unseal_many([(owner, sealed)])[0]


def unseal_many(pairs: Sequence[tuple[UUID, str]]) -> list[dict[str, Any]]:
    """What `seal` sealed, for many owners; their keys are read at once."""
    rows = DataKey.objects.filter(owner__in={owner for owner, _ in pairs})
    keys = {row.owner: Fernet(crypto.unseal(row.sealed_key)) for row in rows}
    return [_open(keys[owner], sealed) if owner in keys else {} for owner, sealed in pairs]


def opened(events: Iterable[AuditEvent]) -> dict[int, dict[str, Any]]:
    """The personal data of events of anybody, by the id of the event, in one query whatever they are."""
    sealed = [(event.pk, event.customer_uuid, event.sealed) for event in events if event.sealed and event.customer_uuid]
    rows = DataKey.objects.filter(owner__in={UUID(int=0), *(owner for _, owner, _ in sealed)})
    keys = {row.owner: Fernet(crypto.unseal(row.sealed_key)) for row in rows}
    return {pk: _open(keys[owner], text) for pk, owner, text in sealed if owner in keys}


def notes_of(events: Iterable[AuditEvent]) -> dict[int, str]:
    """The reasons and comments of events, by the id of the event; nothing where a person's key was destroyed."""
    sealed = [event for event in events if event.sealed and event.customer_uuid]
    opened = unseal_many([(event.customer_uuid, event.sealed) for event in sealed if event.customer_uuid])
    plain = {event.pk: event.note for event in events if event.note}
    return plain | {event.pk: data["note"] for event, data in zip(sealed, opened, strict=True) if "note" in data}


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


def forget(owner: UUID) -> None:
    """Destroy the data key of a customer: what was sealed with it cannot be read any more, by anybody."""
    DataKey.objects.filter(owner=owner).delete()


def _values(actor: Actor, entry: Entry, boxes: Mapping[UUID, Fernet]) -> dict[str, Any]:
    personal = _personal(actor, entry)
    return {
        "action": entry.action,
        "environment": entry.environment or actor.environment,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_label": actor.label if actor.kind in ("api_key", "system") else "",
        "subject_kind": entry.subject[0],
        "subject_id": str(entry.subject[1]),
        "customer_uuid": entry.customer,
        "license_uuid": entry.license,
        "changes": dict(entry.changes),
        "note": "" if entry.customer else entry.note[:500],
        "request_id": actor.request_id,
        "ip": actor.ip if actor.kind in _KNOWN_PLACES and not _his_place(actor, entry) else "",
        "sealed": _sealed(boxes[entry.customer], personal) if personal and entry.customer else "",
    }


def _personal(actor: Actor, entry: Entry) -> dict[str, Any]:
    """What is sealed of an entry; nothing of one that is about no customer."""
    if not entry.customer:
        return {}
    note = {"note": entry.note[:500]} if entry.note else {}
    return {**(entry.personal or {}), **note, **({"ip": actor.ip} if _his_place(actor, entry) else {})}


# The product itself is nowhere, but for its sign-in page, which says who stands in front of it.
_KNOWN_PLACES = ("admin", "api_key", "system")


def _his_place(actor: Actor, entry: Entry) -> bool:
    """Whether the actor's address is, or may be, that of the customer concerned."""
    return bool(actor.ip and entry.customer) and actor.kind != "admin"


_COLUMNS = ("uuid", "at", "customer_uuid", "license_uuid", "changes", "action", "environment", "actor_kind", "actor_id",
            "actor_label", "subject_kind", "subject_id", "note", "request_id", "ip", "sealed")  # fmt: skip
_INSERT = f"INSERT INTO audit_events ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608


def _row(values: dict[str, Any], moment: Any) -> list[Any]:
    ids: list[Any] = [uuid7(), values["customer_uuid"], values["license_uuid"]]
    if not connection.features.has_native_uuid_field:
        ids = [one and one.hex for one in ids]
    uuid, customer, license = ids
    return [uuid, moment, customer, license, json.dumps(values["changes"]), *(values[name] for name in _COLUMNS[5:])]


def seal(owner: UUID, personal: Mapping[str, Any]) -> str:
    """`personal` encrypted with the data key of the customer `owner`; destroying the key erases it."""
    return seal_many([(owner, personal)])[0]


def seal_many(pairs: Sequence[tuple[UUID, Mapping[str, Any]]]) -> list[str]:
    """What `seal` makes of each pair; the keys of many owners are read at once."""
    boxes = _boxes({owner for owner, _ in pairs})
    return [_sealed(boxes[owner], personal) for owner, personal in pairs]


def _sealed(box: Fernet, personal: Mapping[str, Any]) -> str:
    return box.encrypt(json.dumps(dict(personal), ensure_ascii=False).encode()).decode("ascii")


def _owners(actor: Actor, entries: Iterable[Entry]) -> set[UUID]:
    return {entry.customer for entry in entries if entry.customer and _personal(actor, entry)}


def _boxes(owners: Set[UUID]) -> dict[UUID, Fernet]:
    """What seals the data of each of `owners`; made for those who have none."""
    if not owners:
        return {}
    sealed = dict(DataKey.objects.filter(owner__in=owners).values_list("owner", "sealed_key"))
    drawn = [(one, Fernet.generate_key()) for one in sorted(owners - set(sealed))]
    opened = {crypto.seal(key): key for _, key in drawn}
    if drawn:
        fresh = [DataKey(owner=one, sealed_key=text) for (one, _), text in zip(drawn, opened, strict=True)]
        # Two first events at once: one key wins, both seal with it.
        insert_free_rows(fresh)
        sealed |= dict(
            DataKey.objects.filter(owner__in=[row.owner for row in fresh]).values_list("owner", "sealed_key")
        )
    return {owner: Fernet(opened.get(text) or crypto.unseal(text)) for owner, text in sealed.items()}
