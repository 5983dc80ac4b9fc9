"""Key pairs that sign answers and files."""

from django.db import models

from keyturn.core.clock import now
from keyturn.core.ids import uuid7

INSTALLATION = "installation"


class KeyPair(models.Model):
    """An RSA or Ed25519 key pair of one holder: a product (its UUID as text) or the whole installation.

    The keys and their algorithm never change: caches may keep them by the pair's id. The private key is
    sealed. The current pair is the one that is not archived; the pair that `signs` is the same, except
    in the grace period of a rotation: until `signs_until` it is the archived one.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    holder = models.CharField(max_length=36)
    bits = models.IntegerField()
    algorithm = models.CharField(max_length=10, default="rsa-sha256")
    public_pem = models.TextField()
    sealed_private = models.TextField()
    created_at = models.DateTimeField(default=now)
    archived_at = models.DateTimeField(null=True, blank=True)
    signs = models.BooleanField(default=True)
    signs_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "key_pairs"
        constraints = [
            models.UniqueConstraint(
                fields=["holder"], condition=models.Q(archived_at__isnull=True), name="key_pairs_one_current"
            ),
            models.UniqueConstraint(fields=["holder"], condition=models.Q(signs=True), name="key_pairs_one_signing"),
        ]
