"""Admins: the people who run the platform. Their own table, apart from customers."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from keyturn.access.permissions import Role
from keyturn.core.clock import now
from keyturn.core.ids import uuid7


class Admin(AbstractBaseUser):
    """One member of the vendor's staff, with exactly one role."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=12, choices=Role)
    is_active = models.BooleanField(default=True)
    require_2fa = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]
    objects = BaseUserManager()

    class Meta:
        db_table = "admins"
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="admins_email_lower"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="admins_role"),
        ]

    def __str__(self) -> str:
        return self.name
