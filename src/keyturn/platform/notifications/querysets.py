"""Reading an inbox."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.platform.notifications.people import Person

if TYPE_CHECKING:
    from keyturn.platform.notifications.models import Notification  # noqa: F401

MOST = 99


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Always begun with `of`: an inbox belongs to one admin."""

    def of(self, admin: Person) -> Self:
        """What stands in the inbox of `admin`, newest first."""
        return self.filter(admin=admin.pk, hidden=False).order_by("-created_at", "-pk")

    def unread(self) -> Self:
        """What has not been read."""
        return self.filter(read_at=None)

    def read(self) -> Self:
        """What has been read."""
        return self.exclude(read_at=None)

    def up_to_99(self) -> int:
        """How many there are; one more than 99 for all that are more."""
        return self.order_by()[: MOST + 1].count()
