"""Seals over the audit trail."""

from django.db import models

from keyturn.core.clock import now


class Seal(models.Model):
    """A batch of entries under one signature; the database refuses UPDATE and DELETE (migration 0002).

    `links` holds (id, UUID, fingerprint) of each entry, in the order of the chain. `open_gaps` are ranges of
    ids that were missing, with the moment since when: their transactions may still be under way.
    """

    number = models.BigIntegerField(primary_key=True)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.IntegerField()
    late = models.IntegerField(default=0)
    previous = models.CharField(max_length=64)
    last = models.CharField(max_length=64)
    links = models.BinaryField()
    open_gaps = models.JSONField(default=list)
    at = models.DateTimeField(default=now)
    pair = models.UUIDField()
    signature = models.TextField()

    class Meta:
        db_table = "audit_seals"
