"""Keeping pictures. They stand in the database, so that every host has them and a transaction covers them."""

from keyturn.platform.pictures.images import MEDIA_TYPES, Image
from keyturn.platform.pictures.models import Picture


def put(subject: str, image: Image) -> str:
    """Keep `image` as a picture of `subject`; gives its name."""
    Picture.objects.get_or_create(subject=subject, name=image.name, defaults={"content": image.content})
    return image.name


def read(subject: str, name: str) -> tuple[bytes, str] | None:
    """Content and media type of a picture; None when there is none of this name."""
    found = Picture.objects.filter(subject=subject, name=name).values_list("content", flat=True).first()
    return None if found is None else (bytes(found), MEDIA_TYPES[name.rpartition(".")[2]])


def drop(subject: str, *, keep: str = "") -> None:
    """Remove the pictures of `subject`, but the one called `keep`."""
    Picture.objects.filter(subject=subject).exclude(name=keep).delete()
