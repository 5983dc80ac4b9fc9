"""The inboxes, what admins chose about them, and what waits to be delivered."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.platform.notifications.kinds import Type
from keyturn.platform.notifications.querysets import NotificationQuerySet


class Notification(models.Model):
    """One line in the inbox of one admin; `count` of them were folded into it.

    `link_kind` and `link_uuid` name what it leads to, `person` who `{customer}` or `{admin}` in the texts is.
    A hidden one is there for folding alone: its admin wants this type by e-mail only.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    admin = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    type = models.CharField(max_length=12, choices=Type)
    fold = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    body = models.CharField(max_length=500, blank=True)
    environment = models.CharField(max_length=12, blank=True)
    link_kind = models.CharField(max_length=20, blank=True)
    link_uuid = models.UUIDField(null=True)
    person = models.UUIDField(null=True)
    count = models.IntegerField(default=1)
    hidden = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        db_table = "notifications"
        indexes = [
            models.Index(fields=["admin", "-created_at", "-id"], name="notifications_inbox"),
            # Every page counts these, so they have an index of their own: it stays small.
            models.Index(
                fields=["admin", "-created_at", "-id"],
                condition=Q(read_at=None, hidden=False),
                name="notifications_unread",
            ),
            models.Index(fields=["created_at"], name="notifications_age"),
        ]


class Choice(models.Model):
    """How one admin wants to be told of one type, where that differs from the default."""

    admin = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    type = models.CharField(max_length=12, choices=Type)
    in_app = models.BooleanField()
    email = models.BooleanField()

    class Meta:
        db_table = "notification_choices"
        constraints = [models.UniqueConstraint(fields=["admin", "type"], name="notification_choices_type")]


class Waiting(models.Model):
    """What happened and has not been told yet; written in the transaction of what happened.

    With an `action` `content` holds audit entries, without one a finished notice.
    """

    action = models.CharField(max_length=60, blank=True)
    content = models.JSONField()
    at = models.DateTimeField(default=now)

    class Meta:
        db_table = "notifications_waiting"


class Raised(models.Model):
    """The key of what is told only once; and the row that workers queue for, so that one of them folds."""

    key = models.CharField(max_length=150, unique=True)
    at = models.DateTimeField(default=now)

    class Meta:
        db_table = "notifications_raised"
