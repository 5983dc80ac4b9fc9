"""What changed in each version of a product."""

from datetime import date

from django.db import models

from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.changelog.querysets import EntryQuerySet
from keyturn.licensing.products.models import Product


def today() -> date:
    """The day it is in UTC."""
    return now().date()


class Kind(models.TextChoices):
    FEATURES = "features", "New Features"
    IMPROVEMENTS = "improvements", "Improvements"
    FIXES = "fixes", "Bug Fixes"
    TECHNICAL = "technical", "Technical Changes"
    DOCUMENTATION = "documentation", "Documentation"
    BREAKING = "breaking", "Breaking Changes"


class Entry(models.Model):
    """One version of a product and its changes: a list of {"kind", "text"}, text in Markdown.

    `revision` counts the edits, so that two editors do not overwrite each other.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="changelog", db_index=False)
    version = models.CharField(max_length=100)
    title = models.CharField(max_length=255, blank=True)
    release_date = models.DateField(default=today)
    summary = models.TextField(max_length=2000)
    changes = models.JSONField(default=list)
    # The texts of the changes once more, for the search.
    text = models.TextField(blank=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    publish_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    revision = models.IntegerField(default=1)

    objects = EntryQuerySet.as_manager()

    class Meta:
        db_table = "changelog_entries"
        constraints = [
            models.UniqueConstraint(fields=["product", "version"], name="changelog_version"),
            models.CheckConstraint(condition=models.Q(status__in=["draft", "published"]), name="changelog_status"),
            models.CheckConstraint(
                condition=models.Q(publish_at__isnull=True) | models.Q(status="draft"), name="changelog_schedule"
            ),
        ]
        indexes = [
            models.Index(fields=["product", "-release_date", "-id"], name="changelog_newest"),
            models.Index(fields=["publish_at"], name="changelog_due", condition=models.Q(publish_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.version

    @property
    def kinds(self) -> list[str]:
        """The kinds of its changes, each once, in the order of Kind."""
        held = {change["kind"] for change in self.changes}
        return [kind.label for kind in Kind if kind.value in held]
