"""Releases of products, their files, and who gets them."""

from django.db import models
from django.db.models import Q

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases.querysets import ReleaseFileQuerySet, ReleaseQuerySet
from keyturn.platform.storage.serving import Stored


class Release(models.Model):
    """One version of a product. `revision` counts changes of the record, `downloads` those by customers.

    `assigned_after` to `access_until` narrow who gets it; empty ones do not (DLD-32).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    class Channel(models.TextChoices):
        STABLE = "stable", "Stable"
        BETA = "beta", "Beta"
        HOTFIX = "hotfix", "Hotfix"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="releases")
    environment = models.CharField(max_length=12, choices=Environment)
    version = models.CharField(max_length=64)
    numeric_version = models.IntegerField()
    channel = models.CharField(max_length=6, choices=Channel, default=Channel.STABLE)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    update_summary = models.CharField(max_length=500, blank=True)
    changelog = models.TextField(max_length=20_000, blank=True)
    release_date = models.DateField()
    assigned_after = models.DateField(null=True, blank=True)
    assigned_before = models.DateField(null=True, blank=True)
    runs_until = models.DateField(null=True, blank=True)
    access_from = models.DateField(null=True, blank=True)
    access_until = models.DateField(null=True, blank=True)
    downloads = models.BigIntegerField(default=0)
    # What it says in the changelog, and the state of that which it wrote last; 0 once somebody else has written.
    entry = models.OneToOneField(Entry, on_delete=models.SET_NULL, null=True, blank=True, related_name="release")
    entry_revision = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    revision = models.IntegerField(default=1)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        db_table = "releases"
        constraints = [
            models.UniqueConstraint(fields=["product", "version"], name="releases_version"),
            models.UniqueConstraint(fields=["product", "numeric_version"], name="releases_numeric_version"),
            models.CheckConstraint(condition=Q(status__in=["draft", "published"]), name="releases_status"),
            models.CheckConstraint(condition=Q(channel__in=["stable", "beta", "hotfix"]), name="releases_channel"),
        ]
        indexes = [models.Index(fields=["environment", "-release_date", "-id"], name="releases_newest")]

    def __str__(self) -> str:
        return f"{self.product.name} {self.version}"


class ReleaseFile(models.Model):
    """A file of a release, or one on its way there.

    An upload has no release and is `staged`; `received` tells how much of it has come. A file that was taken
    from its release, or whose release or product is gone, has none and is not staged: a job removes its bytes.
    """

    class Kind(models.TextChoices):
        INSTALLER = "installer", "Installer"
        UPDATE = "update", "Update"
        DOCUMENTATION = "documentation", "Documentation"
        SOURCE = "source", "Source Code"
        OTHER = "other", "Other"

    class Platform(models.TextChoices):
        ALL = "all", "All"
        WINDOWS = "windows", "Windows"
        MACOS = "macos", "macOS"
        LINUX = "linux", "Linux"
        ANDROID = "android", "Android"
        IOS = "ios", "iOS"
        WEB = "web", "Web"

    class Architecture(models.TextChoices):
        X64 = "x64", "x64"
        ARM = "arm", "ARM"
        UNIVERSAL = "universal", "Universal"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    release = models.ForeignKey(Release, on_delete=models.SET_NULL, null=True, blank=True, related_name="files")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.INSTALLER)
    platform = models.CharField(max_length=7, choices=Platform, default=Platform.ALL)
    architecture = models.CharField(max_length=9, choices=Architecture, blank=True)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    # Where the bytes are: a kind of platform.storage.services and a key there; empty while it is only staged.
    storage = models.CharField(max_length=8, blank=True)
    key = models.CharField(max_length=200, blank=True)
    staged = models.BooleanField(default=True)
    uploader = models.CharField(max_length=36, blank=True)
    downloads = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=now)

    objects = ReleaseFileQuerySet.as_manager()

    class Meta:
        db_table = "release_files"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["created_at"], name="release_files_loose", condition=Q(release__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stored(self) -> Stored:
        """How it is sent."""
        return Stored(self.name, self.size, self.sha256, self.created_at, self.storage, self.key)
