"""Admins: the people who run the platform. Their own table, apart from customers."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models.functions import Lower

from keyturn.access.permissions import Role
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.people.admins.querysets import AdminQuerySet

NAME_LENGTH = 255


class Admin(AbstractBaseUser):
    """One member of the vendor's staff, with exactly one role.

    A deleted one keeps its row, without personal data, so that history can name it.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=NAME_LENGTH)
    role = models.CharField(max_length=12, choices=Role)
    is_active = models.BooleanField(default=True)
    require_2fa = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    deleted_at = models.DateTimeField(null=True)
    # Rises to end every open session at once.
    session_epoch = models.PositiveIntegerField(default=0)
    bio = models.CharField(max_length=1000, blank=True)
    company = models.CharField(max_length=255, blank=True)
    job_title = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    # Empty: the zone of the browser.
    time_zone = models.CharField(max_length=64, blank=True)
    # The name of his picture; empty for his initials.
    avatar = models.CharField(max_length=60, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]
    objects = AdminQuerySet.as_manager()

    class Meta:
        db_table = "admins"
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="admins_email_lower"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="admins_role"),
        ]

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django compares this at every request: other after a new password, and after all sessions were ended.
        return f"{super()._get_session_auth_hash(secret)}.{self.session_epoch}"  # type: ignore[misc]
