"""Counters that make the dashboard quick at any size."""

from django.db import models

from keyturn.core.clock import now


class DayFigures(models.Model):
    """What a job counted of one environment on one day of the application's time zone.

    The row of today is counted again every few minutes; afterwards it stays as the day ended. Nothing
    about products and licenses is known (None) of days on which nobody counted. `by_product` holds
    [product id, licenses] of the products with most licenses.
    """

    environment = models.CharField(max_length=12)
    day = models.DateField()
    products = models.IntegerField(null=True)
    licenses = models.BigIntegerField(null=True)
    active_licenses = models.BigIntegerField(null=True)
    by_product = models.JSONField(default=list)
    activations = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "analytics_days"
        constraints = [models.UniqueConstraint(fields=["environment", "day"], name="analytics_days_day")]


class VerificationCount(models.Model):
    """Verifications of one environment in the five minutes from `starts_at`."""

    environment = models.CharField(max_length=12)
    starts_at = models.DateTimeField()
    succeeded = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)

    class Meta:
        db_table = "analytics_verifications"
        constraints = [models.UniqueConstraint(fields=["environment", "starts_at"], name="analytics_verifications_at")]


class Progress(models.Model):
    """The one row that says up to which request the log has been added up."""

    last_request = models.BigIntegerField(default=0)

    class Meta:
        db_table = "analytics_progress"
