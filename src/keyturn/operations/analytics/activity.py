"""The latest events of an environment, from the audit trail and the request log (DSH-12 to DSH-15)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from keyturn.core.ids import parse_uuid
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.verification import VALID
from keyturn.licensing.products.models import Product
from keyturn.operations.analytics.verifications import ENDPOINT
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs.models import RequestLog

SHOWN = 50
# The log has no index but its number: where another environment is busier, no more than this is read.
_LOOKED_AT = 20_000
# Verifications of one license in a row are one row: mostly the first number is enough.
_READ = (300, 3_000)
# Event to what is shown as Action and Status.
_EVENTS = {
    "activation.created": ("License Activated", "success"),
    "license.assigned": ("License Assigned", "success"),
    "license.transferred": ("License Assigned", "success"),
    "license.revoked": ("License Revoked", "success"),
    "product.created": ("Product Created", "info"),
}
_VERIFIED = "License Verified"


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of the feed; `count` is how many verifications in a row it stands for.

    `key` is the start of the license key. Without `license` or `product` there is nothing to link to.
    """

    action: str
    at: datetime
    status: str
    license_key: str = ""
    user: str = "System"
    product_name: str = ""
    license: License | None = None
    product: Product | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class _Verified:
    at: datetime
    license_id: int | None
    key: str
    valid: bool
    count: int = 1

    @property
    def of(self) -> tuple[int | None, str, bool]:
        """What makes it the same as the one before."""
        return self.license_id, self.key, self.valid


def latest(environment: str) -> list[Activity]:
    """The latest 50 events, newest first; verifications of one license in a row are one event."""
    events = _events(environment)
    rows: list[AuditEvent | _Verified] = []
    for most in _READ:
        requests = _requests(environment, most)
        rows = _collapse(sorted([*events, *requests], key=lambda one: one.at, reverse=True))
        if len(rows) >= SHOWN or len(requests) < most:
            break
    return _Described(rows[:SHOWN]).rows


def _events(environment: str) -> list[AuditEvent]:
    rows = AuditEvent.objects.filter(environment=environment)
    # One query an action: each reads its own stretch of the index.
    return [event for action in _EVENTS for event in rows.filter(action=action).order_by("-at", "-pk")[:SHOWN]]


def _requests(environment: str, most: int) -> list[_Verified]:
    newest = RequestLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = RequestLog.objects.filter(pk__gt=newest - _LOOKED_AT, environment=environment, endpoint=ENDPOINT)
    found = rows.order_by("-pk").values_list("at", "license_id", "key_start", "code")[:most]
    return [_Verified(at, key, start, code == VALID.code) for at, key, start, code in found]


def _collapse(entries: Sequence[AuditEvent | _Verified]) -> list[AuditEvent | _Verified]:
    rows: list[AuditEvent | _Verified] = []
    for entry in entries:
        last = rows[-1] if rows else None
        if isinstance(entry, _Verified) and isinstance(last, _Verified) and entry.of == last.of:
            rows[-1] = replace(last, count=last.count + 1)
        else:
            rows.append(entry)
    return rows


class _Described:
    """Rows of the feed with the records they name, read in one query a kind."""

    def __init__(self, entries: Sequence[AuditEvent | _Verified]) -> None:
        events = [one for one in entries if isinstance(one, AuditEvent)]
        licenses = License.objects.select_related("product", "customer")
        by_id = licenses.in_bulk([one.license_id for one in entries if isinstance(one, _Verified) and one.license_id])
        self._by_id = by_id
        uuids = {event.license_uuid for event in events if event.license_uuid}
        self._licenses: dict[UUID, License] = {row.uuid: row for row in licenses.filter(uuid__in=uuids)}
        products = [event.subject_id for event in events if event.subject_kind == "product"]
        self._products = {str(row.uuid): row for row in Product.objects.filter(uuid__in=products)}
        people = Customer.objects.filter(uuid__in={event.customer_uuid for event in events if event.customer_uuid})
        self._emails = dict(people.values_list("uuid", "email"))
        staff = {parse_uuid(event.actor_id) for event in events if event.actor_kind == "admin"} - {None}
        self._names = {
            str(uuid): name for uuid, name in Admin.objects.filter(uuid__in=staff).values_list("uuid", "name")
        }
        self.rows = [self._event(one) if isinstance(one, AuditEvent) else self._request(one) for one in entries]

    def _event(self, event: AuditEvent) -> Activity:
        action, status = _EVENTS[event.action]
        license = self._licenses.get(event.license_uuid) if event.license_uuid else None
        product = license.product if license else self._products.get(event.subject_id)
        name = self._names.get(event.actor_id, "") if event.actor_kind == "admin" else ""
        email = self._emails.get(event.customer_uuid, "") if event.customer_uuid else ""
        return Activity(
            action,
            event.at,
            status,
            str(event.changes.get("key") or ""),
            name or email or "System",
            product.name if product else str(event.changes.get("product") or ""),
            license,
            product,
        )

    def _request(self, request: _Verified) -> Activity:
        license = self._by_id.get(request.license_id) if request.license_id else None
        return Activity(
            _VERIFIED,
            request.at,
            "success" if request.valid else "error",
            request.key,
            license.customer.email if license and license.customer else "System",
            license.product.name if license else "",
            license,
            license.product if license else None,
            request.count,
        )
