"""Settings that admins change while the product runs."""

from django.db import models


class Preference(models.Model):
    """One setting that differs from its default; see registry.py for names and types."""

    name = models.CharField(primary_key=True, max_length=80)
    value = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "preferences"


class Revision(models.Model):
    """A counter that rises with every change of a topic; caches compare it (one row a topic)."""

    topic = models.CharField(primary_key=True, max_length=40)
    number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "revisions"
