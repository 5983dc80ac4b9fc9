"""Webhook events that no audit entry stands for: refused activations, and telemetry (docs/spec/webhooks.md)."""

from uuid import UUID

from keyturn.access.actors import Actor
from keyturn.api.v1.telemetry_rows import record_row
from keyturn.licensing.telemetry.models import TelemetryRecord
from keyturn.platform.webhooks import entities, outbox


def activation_failed(actor: Actor, license_uuid: UUID, *, identifier: str, code: int) -> None:
    """An activation of a license that exists was refused with `code`."""
    event = "activation.failed"
    if not outbox.is_heard(actor.environment, event):
        return
    shown = entities.read("license", [license_uuid]).get(license_uuid)
    if shown is not None:
        payload = {**shown.members, "identifier": identifier, "code": code}
        outbox.emit(actor, [event], payload, environment=actor.environment, customer=shown.customer)


def telemetry(actor: Actor, record: TelemetryRecord) -> None:
    """A report came in; a suspicious one raises a second event."""
    events = ["telemetry.received", *(["telemetry.flagged"] if record.has_red_flags else [])]
    row = {name: value for name, value in record_row(record).items() if name not in ("id", "product_id")}
    row["product_uuid"] = str(record.product.uuid) if record.product else None
    customer = record.customer.uuid if record.customer else None
    outbox.emit(actor, events, {"telemetry": row}, environment=record.environment, customer=customer)
