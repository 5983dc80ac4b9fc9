"""An admin's own inbox: marking what was read. Nobody reaches that of another (NTF-06)."""

from uuid import UUID

from django.db import transaction

from keyturn.core.clock import now
from keyturn.platform.notifications.models import Choice, Notification
from keyturn.platform.notifications.people import Person


def find(admin: Person, uuid: UUID) -> Notification | None:
    """One of his notifications."""
    return Notification.objects.of(admin).filter(uuid=uuid).first()


def mark(line: Notification, *, read: bool) -> None:
    """Have a notification count as read, or as unread again."""
    rows = Notification.objects.filter(pk=line.pk)
    rows.filter(read_at=None).update(read_at=now()) if read else rows.update(read_at=None)


def mark_all(admin: Person) -> int:
    """Have the whole inbox count as read; how many were unread."""
    return Notification.objects.of(admin).unread().order_by().update(read_at=now())


@transaction.atomic
def forget(admin: Person) -> None:
    """Remove the inbox of an admin who is deleted."""
    Notification.objects.filter(admin=admin.pk).delete()
    Choice.objects.filter(admin=admin.pk).delete()
