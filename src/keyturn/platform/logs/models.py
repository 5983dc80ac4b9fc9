"""What programs asked of the API and what they were told."""

from django.db import models

from keyturn.core.clock import now
from keyturn.platform.logs.querysets import REFUSALS, RequestLogQuerySet


class RequestLog(models.Model):
    """One API request. Written by hand-made SQL on the verify path: keep columns and order in step with it.

    No foreign keys: rows outlive what they name, and an insert must not lock the rows they point at.
    """

    at = models.DateTimeField(default=now)
    environment = models.CharField(max_length=12, blank=True)
    endpoint = models.CharField(max_length=40)
    code = models.IntegerField()
    status = models.SmallIntegerField()
    api_key_id = models.BigIntegerField(null=True)
    license_id = models.BigIntegerField(null=True)
    key_start = models.CharField(max_length=8, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    micros = models.IntegerField(default=0)

    objects = RequestLogQuerySet.as_manager()

    class Meta:
        db_table = "request_log"
        indexes = [
            # Of refusals alone, so that the answers that are many cost nothing.
            models.Index(
                fields=["license_id", "-id"], condition=models.Q(code__in=REFUSALS), name="request_log_refused"
            )
        ]
