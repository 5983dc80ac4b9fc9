"""Key pairs that sign answers and files."""

from django.db import models

from keyturn.core.clock import now
from keyturn.core.ids import uuid7

INSTALLATION = "installation"


class KeyPair(models.Model):
    """An RSA key pair of one holder: a product (its UUID as text) or the whole installation.

    Never changed once made: caches may keep a pair by its id. The private key is sealed.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    holder = models.CharField(max_length=36)
    bits = models.IntegerField()
    public_pem = models.TextField()
    sealed_private = models.TextField()
    created_at = models.DateTimeField(default=now)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "key_pairs"
        constraints = [
            models.UniqueConstraint(
                fields=["holder"], condition=models.Q(archived_at__isnull=True), name="key_pairs_one_current"
            ),
        ]
