"""What was issued for use without a network."""

from functools import reduce
from operator import or_
from typing import Self
from uuid import UUID

from django.db import models

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.licenses.models import License
from keyturn.licensing.signing.models import KeyPair


class IssuedFileQuerySet(models.QuerySet["IssuedFile"]):
    """Reads of issued files."""

    def in_scope(self, actor: Actor) -> Self:
        """Files of the licenses in scope."""
        rows = self.filter(license__environment=actor.environment)
        return rows if actor.customer_id is None else rows.filter(license__customer_id=actor.customer_id)

    def of_product(self, product: UUID) -> Self:
        """Files of the licenses of the product of that UUID."""
        return self.filter(license__product__uuid=product)

    def named(self, term: str) -> Self:
        """Files whose license key or binding contains `term`."""
        fields = ("license__license_key", "hardware_id", "domain", "usb_serial")
        return self.filter(reduce(or_, (models.Q((f"{field}__icontains", term)) for field in fields)))

    def in_state(self, state: str) -> Self:
        """Files that are `outdated` (the license has changed), signed with an `old-key`, or neither: `current`."""
        changed = ~models.Q(license__version=models.F("license_version"))
        current = KeyPair.objects.filter(archived_at=None).values("uuid")
        replaced = ~models.Q(key_pair__in=current)
        if state == "current":
            return self.exclude(changed).exclude(replaced)
        return self.filter(changed if state == "outdated" else replaced)


class IssuedFile(models.Model):
    """One offline file: what it is bound to, with which key it was signed, and its hash; never the file itself."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    license = models.ForeignKey(License, on_delete=models.CASCADE, related_name="offline_files", db_index=False)
    key_pair = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    hardware_id = models.CharField(max_length=255, blank=True)
    domain = models.CharField(max_length=255, blank=True)
    usb_serial = models.CharField(max_length=100, blank=True)
    options = models.JSONField(default=dict)
    license_version = models.IntegerField()
    ends_at = models.DateTimeField(null=True, blank=True)
    issued_at = models.DateTimeField(default=now)

    objects = IssuedFileQuerySet.as_manager()

    class Meta:
        db_table = "offline_files"
        indexes = [models.Index(fields=["license", "-issued_at", "-id"], name="offline_files_license")]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def outdated(self) -> bool:
        """Whether the license has changed since; needs the license loaded (OFF-18)."""
        return self.license.version != self.license_version
