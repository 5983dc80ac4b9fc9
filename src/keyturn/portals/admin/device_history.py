"""What happened with one device, when, and who did it (ACT-30)."""

from collections.abc import Sequence
from dataclasses import dataclass

from keyturn.licensing.licenses.models import Activation
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.audit.registry import name_of
from keyturn.portals.admin.timeline import author, names_of_admins

SHOWN = 50
_ICONS = {"activation.created": "monitor-check", "activation.deleted": "monitor-off"}


@dataclass(frozen=True)
class Happening:
    """One line of the history."""

    event: AuditEvent
    icon: str
    label: str
    by: str
    note: str


def history(device: Activation) -> Sequence[Happening]:
    """The newest events about a device whose license and customer are loaded."""
    rows = AuditEvent.objects.filter(subject_kind="activation", subject_id=str(device.uuid))
    events = list(rows.order_by("-pk")[:SHOWN])
    admins = names_of_admins(event.actor_id for event in events if event.actor_kind == "admin")
    notes = audit.notes_of(events)
    owner = str(device.license.customer or "Customer")
    return [
        Happening(
            event,
            _ICONS.get(event.action, "activity"),
            name_of(event.action, event.changes).label,
            author(event, admins, owner),
            notes.get(event.pk, ""),
        )
        for event in events
    ]
