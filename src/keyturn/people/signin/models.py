"""Failed sign-ins, counted to slow down guessing."""

from django.db import models

from keyturn.core.clock import now


class Failure(models.Model):
    """One refused attempt. `subject` is a hash of portal and account, or of portal and address."""

    subject = models.CharField(max_length=64)
    at = models.DateTimeField(default=now)

    class Meta:
        db_table = "signin_failures"
        indexes = [models.Index(fields=["subject", "at"], name="signin_failures_subject")]
