"""Reading the audit trail."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from keyturn.platform.audit.registry import EVENTS, KINDS, EventName, named

if TYPE_CHECKING:
    from keyturn.platform.audit.models import AuditEvent


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Questions about events."""

    def timeline(self, customer: UUID, kind: str = "") -> Self:
        """What stands on a customer's timeline, newest first; of one kind, or all with an empty or unknown one."""
        rows = self.filter(customer_uuid=customer).order_by("-at", "-pk")
        if kind not in KINDS:
            return rows.filter(action__in={one.action for one in EVENTS if one.kind})
        wanted = Q(pk__in=[])
        for name in EVENTS:
            if name.kind == kind:
                wanted |= _matches(name)
        return rows.filter(wanted)

    def older_than(self, event: "AuditEvent") -> Self:
        """The events after `event` in that order."""
        return self.filter(Q(at__lt=event.at) | Q(at=event.at, pk__lt=event.pk), at__lte=event.at)


def _matches(name: EventName) -> Q:
    found = Q(action=name.action)
    if name.mark:
        return found & Q(changes__has_key=name.mark)
    for other in named(name.action):
        if other.mark:
            found &= ~Q(changes__has_key=other.mark)
    return found
