"""Small pictures that people upload: the logo, avatars."""

from django.db import models

from keyturn.core.clock import now


class Picture(models.Model):
    """One picture of `subject`; its name changes with its content, so that it may be cached for ever."""

    subject = models.CharField(max_length=80)
    name = models.CharField(max_length=60)
    content = models.BinaryField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "pictures"
        constraints = [models.UniqueConstraint(fields=["subject", "name"], name="pictures_subject_name")]
