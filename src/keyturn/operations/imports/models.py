"""An import, the rows of its file, and what was wrong with some of them."""

from django.db import models

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.products.models import Product
from keyturn.operations.imports.querysets import ImportQuerySet


class Import(models.Model):
    """One file and how far it is.

    `rows` counts those of the file; `done` how many the present pass (checking or importing) has seen;
    `good`, `duplicates` and `faulty` what it found of them. `columns` maps our fields to the headers of
    the file. `notify`: customers are mailed where products want it. `digest` recognises a file that is sent again.
    """

    class Status(models.TextChoices):
        READING = "reading", "Reading"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Ready to import"
        RUNNING = "running", "Importing"
        DONE = "done", "Done"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    environment = models.CharField(max_length=12, choices=Environment)
    author = models.CharField(max_length=36, blank=True)
    filename = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=Status, default=Status.READING)
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    generator = models.ForeignKey(Generator, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    notify = models.BooleanField(default=True)
    columns = models.JSONField(default=dict)
    ignored = models.JSONField(default=list)
    rows = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    good = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    faulty = models.IntegerField(default=0)
    new_customers = models.IntegerField(default=0)
    job = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        db_table = "imports"
        indexes = [models.Index(fields=["environment", "-created_at"], name="imports_newest")]

    @property
    def busy(self) -> bool:
        """Whether a pass is under way."""
        return self.status in (self.Status.CHECKING, self.Status.RUNNING)


class Block(models.Model):
    """Some consecutive rows of a file, compressed; gone once they are imported."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="blocks", db_index=False)
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "import_blocks"
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="import_blocks_number")]


class Fault(models.Model):
    """A row that the last pass left out; `values` by field, for the file of faulty rows."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="faults", db_index=False)
    line = models.IntegerField()
    reason = models.CharField(max_length=1000)
    duplicate = models.BooleanField(default=False)
    values = models.JSONField(default=dict)

    class Meta:
        db_table = "import_faults"
        indexes = [models.Index(fields=["of", "line"], name="import_faults_line")]
