"""Everything that is kept about a customer, in one object (GDPR, Articles 15 and 20)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from keyturn.licensing.licenses.models import Activation, License
from keyturn.people.customers.models import Customer
from keyturn.people.customers.settings import FIELDS, settings_of
from keyturn.people.signin.models import SignIn
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.audit.registry import name_of
from keyturn.platform.mail import sealing
from keyturn.platform.mail.models import Message

Data = dict[str, Any]
TABLES: Final = ("licenses", "activations", "downloads", "logins", "emails", "timeline")


def collect(customer: Customer) -> Data:
    """The profile under `customer`, and a list of objects under each of TABLES; moments as text in UTC."""
    timeline = _timeline(customer)
    return {
        "customer": _profile(customer),
        "licenses": [_license(row) for row in License.objects.of(customer).select_related("product").order_by("pk")],
        "activations": [_activation(row) for row in _activations(customer)],
        "downloads": [one for one in timeline if one["action"] == "customer.downloaded"],
        "logins": [_login(row) for row in SignIn.objects.filter(customer=customer).order_by("pk")],
        "emails": list(_emails(customer)),
        "timeline": timeline,
    }


def _profile(customer: Customer) -> Data:
    return {
        "name": customer.name or None,
        "email": customer.email,
        "uuid": str(customer.uuid),
        "status": customer.status,
        "created_at": _moment(customer.joined_at),
        "last_login": _moment(customer.last_login_at),
        "email_verified": _moment(customer.email_verified_at),
        "two_factor_enabled": _moment(customer.totp_enabled_at),
        "settings": {field: getattr(settings_of(customer), field) for field in FIELDS},
    }


def _license(row: License) -> Data:
    return {
        "key": row.license_key,
        "product": row.product.name,
        "status": row.status,
        "expiry": _moment(row.expires_at),
        "environment": row.environment,
        "activation_limit": row.activation_limit,
        "active_devices": row.active_devices,
        "assigned_at": _moment(row.assigned_at),
        "activated_at": _moment(row.activated_at),
        "created_at": _moment(row.created_at),
        "order_reference": row.order_reference or None,
        "features": row.features,
    }


def _activations(customer: Customer) -> Iterable[Activation]:
    return Activation.objects.of(customer).select_related("license__product").order_by("pk")


def _activation(row: Activation) -> Data:
    return {
        "license_key": row.license.license_key,
        "product": row.license.product.name,
        "device_identifier": row.identifier,
        "kind": row.kind,
        "status": row.status,
        "activated_at": _moment(row.activated_at),
        "last_verified_at": _moment(row.last_verified_at),
        "deactivated_at": _moment(row.deactivated_at),
        "activation_ip": row.activation_ip or None,
        "last_ip": row.last_ip or None,
        "user_agent": row.user_agent or None,
        "details": row.details,
    }


def _login(row: SignIn) -> Data:
    return {
        "at": _moment(row.at),
        "method": row.method,
        "result": row.get_result_display(),
        "ip_address": row.ip or None,
        "user_agent": row.user_agent or None,
    }


def _emails(customer: Customer) -> Iterable[Data]:
    messages = list(Message.objects.filter(customer=customer.uuid).order_by("pk"))
    for row, content in zip(messages, sealing.read_many(messages), strict=True):
        yield {
            "at": _moment(row.at),
            "sent_at": _moment(row.sent_at),
            "to": content.to or None,
            "subject": content.subject or None,
            "template": row.template,
            "state": row.state,
        }


def _timeline(customer: Customer) -> list[Data]:
    events = list(AuditEvent.objects.timeline(customer.uuid).order_by("at", "pk"))
    personal = audit.personal_data_of(customer.uuid, events)
    return [
        {
            "at": _moment(event.at),
            "action": event.action,
            "event": name_of(event.action, event.changes).label,
            "by": event.actor_kind,
            "product": event.changes.get("product"),
            "key_start": event.changes.get("key"),
            "details": personal.get(event.pk) or None,
        }
        for event in events
    ]


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
