"""What was found at licenses, how often, and how far the activations are judged."""

from django.db import models
from django.db.models import Q

from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.abuse.rules import BY_NAME, RULES, Rule
from keyturn.licensing.licenses.models import License


class Finding(models.Model):
    """A rule that a license fulfilled, `hits` times since `first_at`; one open finding a license and rule.

    `seen` is the most that was counted, `limit` what was too much then, `countries` those of the last hit.
    Addresses and identifiers stay with the activations.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    license = models.ForeignKey(License, on_delete=models.CASCADE, related_name="findings", db_index=False)
    rule = models.CharField(max_length=20, choices=[(rule.name, rule.title) for rule in RULES])
    severity = models.CharField(max_length=8)
    seen = models.IntegerField()
    limit = models.IntegerField()
    hits = models.IntegerField(default=1)
    countries = models.JSONField(default=list)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "abuse_findings"
        constraints = [
            models.UniqueConstraint(
                fields=["license", "rule"], condition=Q(closed_at__isnull=True), name="abuse_findings_one_open"
            )
        ]
        indexes = [models.Index(fields=["license", "-last_at"], name="abuse_findings_license")]

    @property
    def declared(self) -> Rule:
        """The rule."""
        return BY_NAME[self.rule]

    @property
    def text(self) -> str:
        """What was seen, in words."""
        return self.declared.text.format(seen=self.seen)


class Counter(models.Model):
    """How many suspicious activations a license had; forgotten 72 hours after the last one.

    `since` is when counting began, `flagged_at` when it reached the threshold. Activations before
    `reset_at`, when somebody reactivated the license, do not count again.
    """

    license = models.OneToOneField(License, on_delete=models.CASCADE, related_name="abuse")
    hits = models.IntegerField(default=0)
    since = models.DateTimeField(default=now)
    last_at = models.DateTimeField(null=True, blank=True)
    flagged_at = models.DateTimeField(null=True, blank=True)
    reset_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "abuse_counters"
        indexes = [models.Index(fields=["last_at"], name="abuse_counters_counting", condition=Q(last_at__isnull=False))]


class Watermark(models.Model):
    """Activations up to the id `judged` have been judged; one row."""

    judged = models.BigIntegerField(default=0)

    class Meta:
        db_table = "abuse_watermark"
