"""The state machine of a license: the only writer of `status` (docs/spec/license-lifecycle.md).

`transition` locks the row, checks the table and the conditions of the arrow, does the side effects that
belong to it, and writes the audit event: of several parallel attempts exactly one makes the change.
Permissions are asked by the services above; the table itself knows no roles (LCY-15).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.db.models import F, prefetch_related_objects

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.licensing.licenses import notices, propagation
from keyturn.licensing.licenses.events import license_entry, snapshot
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import DeviceStatus, Status
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue

_AVAILABLE, _ASSIGNED, _ACTIVE = Status.AVAILABLE, Status.ASSIGNED, Status.ACTIVE
_SUSPENDED, _EXPIRED, _REVOKED = Status.SUSPENDED, Status.EXPIRED, Status.REVOKED


@dataclass(frozen=True, slots=True)
class Rule:
    """One arrow of the table: its number there, and the event it leaves."""

    number: str
    event: str


# Which state follows which. A pair that is missing here is refused (LCY-10).
TABLE: Final[Mapping[tuple[Status, Status], Rule]] = {
    (_AVAILABLE, _ASSIGNED): Rule("T2", "license.assigned"),
    (_ASSIGNED, _ACTIVE): Rule("T3", "license.activated"),
    (_ASSIGNED, _SUSPENDED): Rule("T4", "license.suspended"),
    (_ACTIVE, _SUSPENDED): Rule("T4", "license.suspended"),
    (_SUSPENDED, _ASSIGNED): Rule("T5", "license.updated"),
    (_SUSPENDED, _ACTIVE): Rule("T5", "license.updated"),
    **{(source, _EXPIRED): Rule("T6", "license.expired") for source in (_AVAILABLE, _ASSIGNED, _ACTIVE, _SUSPENDED)},
    **{
        (source, _REVOKED): Rule("T7", "license.revoked")
        for source in (_AVAILABLE, _ASSIGNED, _ACTIVE, _SUSPENDED, _EXPIRED)
    },
    (_ASSIGNED, _AVAILABLE): Rule("T8", "license.updated"),
    (_ACTIVE, _AVAILABLE): Rule("T8", "license.updated"),
    (_EXPIRED, _ACTIVE): Rule("T9", "license.updated"),
    (_EXPIRED, _ASSIGNED): Rule("T9", "license.updated"),
    (_EXPIRED, _AVAILABLE): Rule("T9", "license.updated"),
}
_SLICE = 500
_ENDS_DEVICES = {"T7": "license_revoked", "T8": "license_unassigned"}


class TransitionRefused(Refused):
    """The table has no such arrow, or the license may not take it now."""

    def __init__(self, license: License, to: Status, why: str) -> None:
        super().__init__(why)
        self.license, self.to = license, to


def transition(
    actor: Actor,
    license: License,
    to: Status,
    *,
    note: str = "",
    source: str = "",
    event: Mapping[str, Any] | None = None,
    tell: bool = True,
    **values: Any,
) -> bool:
    """Move `license` to `to` and write `values` beside it, in the caller's transaction.

    True when this call made the change; False when the license was there already (LCY-21). `event`
    adds members to the audit entry; `tell` has the owner told by mail. `license` is fresh afterwards.
    Raises TransitionRefused.
    """
    changed = transition_many(
        actor, [license], to, note=note, source=source, event=event, tell=tell, values=lambda _: values
    )
    license.refresh_from_db()
    return bool(changed)


def transition_many(
    actor: Actor,
    licenses: Sequence[License],
    to: Status,
    *,
    note: str = "",
    source: str = "",
    event: Mapping[str, Any] | None = None,
    tell: bool = True,
    values: Callable[[License], dict[str, Any]] = lambda _: {},
) -> list[License]:
    """Move many licenses at once: all of them, or none when one is refused. Returns those that changed."""
    moves: dict[tuple[Status, str], list[License]] = defaultdict(list)
    written: dict[tuple[Status, str], dict[str, Any]] = {}
    for license in lock(licenses):
        origin = Status(license.status)
        if origin == to:
            continue
        row = {"status_source": source, "status_reason": note, **values(license)}
        rule = _rule(license, origin, to, row)
        row.update(_side_values(license, origin, to, rule))
        moves[origin, repr(row)].append(license)
        written[origin, repr(row)] = row
    changed: list[License] = []
    for (origin, key), group in moves.items():
        changed += _move(actor, group, origin, to, written[origin, key], note, event or {})
    if tell:
        notices.changed(to, changed)
    return changed


def begin(license: License, owner: Customer | None, values: Mapping[str, Any]) -> list[audit.Entry]:
    """The first steps of a license that is not stored yet: T1, and T2 when it has an `owner` at once.

    `values` are written beside the owner. Gives the entries of both steps, to be recorded when the row
    is. Raises TransitionRefused.
    """
    entries = [license_entry("license.created", license)]
    if owner is not None:
        before, row = snapshot(license), {"customer_id": owner.pk, **values}
        rule = _rule(license, _AVAILABLE, _ASSIGNED, row)
        license.status, license.customer = _ASSIGNED, owner
        for name, value in values.items():
            setattr(license, name, value)
        entries.append(license_entry(rule.event, license, before, transition=rule.number))
    return entries


def lock(licenses: Iterable[License]) -> list[License]:
    """Fresh copies that nobody else can change before this transaction ends, in the order of their ids.

    On SQLite the transaction itself is the lock: it takes the only write lock when it starts.
    """
    ids = sorted({license.pk for license in licenses})
    rows = License.objects.select_for_update().order_by("pk")
    locked = [row for start in range(0, len(ids), _SLICE) for row in rows.filter(pk__in=ids[start : start + _SLICE])]
    # Apart from the rows: of thousands of licenses most have the same product and customer.
    prefetch_related_objects(locked, "product", "customer")
    return locked


def resume_state(license: License) -> Status:
    """Where a suspended or expired license returns to: T5 and T9."""
    if license.customer_id is None:
        return _AVAILABLE
    return _ACTIVE if license.activated_at is not None else _ASSIGNED


P = ParamSpec("P")
T = TypeVar("T")


def audited(function: Callable[Concatenate[Actor, P], T]) -> Callable[Concatenate[Actor, P], T]:
    """Wrap a service: a refused transition is put on record after its transaction was rolled back (LCY-20)."""

    @wraps(function)
    def wrapper(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(actor, *args, **kwargs)
        except TransitionRefused as refusal:
            entry = license_entry(
                "license.transition_refused",
                refusal.license,
                snapshot(refusal.license),
                note=refusal.message,
                wanted=str(refusal.to),
            )
            audit.record(actor, entry)
            raise

    return wrapper


def _rule(license: License, origin: Status, to: Status, row: Mapping[str, Any]) -> Rule:
    rule = TABLE.get((origin, to))
    if rule is None:
        raise TransitionRefused(license, to, why_not(origin, to))
    why = _PRECONDITIONS[rule.number](license, to, row) if rule.number in _PRECONDITIONS else ""
    if why:
        raise TransitionRefused(license, to, why)
    return rule


def _may_assign(license: License, to: Status, row: Mapping[str, Any]) -> str:
    if license.product.status != Product.Status.ACTIVE or license.product.killed_at:
        return "The product of this license is inactive. Activate it first."
    return "" if row.get("customer_id") else "Name the customer to assign this license to."


def _may_resume(license: License, to: Status, row: Mapping[str, Any]) -> str:
    if license.expires_at is not None and license.expires_at <= now():
        return "This license is past its expiry. Renew it instead."
    return "" if to == resume_state(license) else "A suspended license returns to the state it had before."


def _may_expire(license: License, to: Status, row: Mapping[str, Any]) -> str:
    return "" if license.expires_at and license.expires_at <= now() else "This license is not past its expiry."


def _may_renew(license: License, to: Status, row: Mapping[str, Any]) -> str:
    expires_at = row.get("expires_at", license.expires_at)
    if expires_at is not None and expires_at <= now():
        return "Enter an expiry date in the future."
    return "" if to == resume_state(license) else "A renewed license returns to the state it had before."


_PRECONDITIONS: Final[Mapping[str, Callable[[License, Status, Mapping[str, Any]], str]]] = {
    "T2": _may_assign,
    "T5": _may_resume,
    "T6": _may_expire,
    "T9": _may_renew,
}


def why_not(origin: Status, to: Status) -> str:
    """Why the table has no arrow between these states, with what to do instead."""
    if origin == _REVOKED:
        return "This license is revoked, which is final. Issue a new license instead."
    if origin == _EXPIRED:
        return "This license has expired. Renew it first."
    if origin == _AVAILABLE:
        return "This license has no customer yet. Assign it first."
    if origin == _SUSPENDED:
        return "This license is suspended. Reactivate it first."
    return f"A license that is {origin} cannot become {to}."


def _side_values(license: License, origin: Status, to: Status, rule: Rule) -> dict[str, Any]:
    row: dict[str, Any] = {"prior_status": origin if rule.number in ("T4", "T6") else ""}
    if rule.number == "T8":
        row.update(customer_id=None, assigned_at=None, activated_at=None)
    if rule.number in _ENDS_DEVICES:
        row.update(active_devices=0)
    if to != _AVAILABLE:
        row.update(reserved=False)
    return row


def _move(
    actor: Actor,
    group: list[License],
    origin: Status,
    to: Status,
    row: dict[str, Any],
    note: str,
    event: Mapping[str, Any],
) -> list[License]:
    rule = TABLE[origin, to]
    ids = [license.pk for license in group]
    before = {license.pk: (snapshot(license), license.customer) for license in group}
    License.objects.filter(pk__in=ids, status=origin).update(
        status=to, updated_at=now(), version=F("version") + 1, **row
    )
    if to == _REVOKED:
        propagation.measure_after_commit(ids[0])
    if rule.number in _ENDS_DEVICES:
        devices = Activation.objects.filter(license__in=ids, status=DeviceStatus.ACTIVE)
        for id in devices.exclude(post_url="").values_list("pk", flat=True):
            enqueue("api.device_removed", activation_id=id)
        devices.update(
            status=DeviceStatus.INACTIVE, deactivated_at=now(), deactivated_reason=_ENDS_DEVICES[rule.number]
        )
    after = list(License.objects.prefetch_related("product", "customer").filter(pk__in=ids).order_by("pk"))
    more = {"transition": rule.number, **event}
    audit.record_many(
        actor,
        [
            license_entry(
                rule.event,
                license,
                before[license.pk][0],
                customer=license.customer or before[license.pk][1],
                note=note,
                **more,
            )
            for license in after
        ],
    )
    return after
