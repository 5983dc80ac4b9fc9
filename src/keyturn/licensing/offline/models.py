"""What was issued for use without a network."""

from django.db import models

from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.licenses.models import License


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

    class Meta:
        db_table = "offline_files"
        indexes = [models.Index(fields=["license", "-issued_at", "-id"], name="offline_files_license")]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def outdated(self) -> bool:
        """Whether the license has changed since; needs the license loaded (OFF-18)."""
        return self.license.version != self.license_version
