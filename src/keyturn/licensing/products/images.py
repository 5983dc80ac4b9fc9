"""The image of a product: kept under the product's UUID in the installation's files."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Invalid
from keyturn.licensing.products.events import entry
from keyturn.licensing.products.models import Product
from keyturn.platform.audit import services as audit

LARGEST = 2 * 1024 * 1024
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


def kind_of(content: bytes) -> str:
    """png, jpg or webp, told by the first bytes. Raises Invalid for anything else, and above 2 MB."""
    if len(content) > LARGEST:
        raise Invalid({"image": ["Choose an image of at most 2 MB."]})
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    raise Invalid({"image": ["Choose a PNG, JPEG or WebP image."]})


def store(actor: Actor, product: Product, content: bytes) -> None:
    """Keep `content` as the image of `product`, in place of the one it had. Raises Invalid."""
    require(actor, Permission.MANAGE_CATALOG)
    kind = kind_of(content)
    before = product.image
    with transaction.atomic():
        _write(actor, product, kind)
        _remove_file(product, before)
        default_storage.save(_path(product, kind), ContentFile(content))


def remove(actor: Actor, product: Product) -> None:
    """Take the image of `product` away."""
    require(actor, Permission.MANAGE_CATALOG)
    before = product.image
    if before:
        with transaction.atomic():
            _write(actor, product, "")
            transaction.on_commit(lambda: _remove_file(product, before))


def read(product: Product) -> tuple[bytes, str] | None:
    """Content and media type of the image; None without one."""
    name = _path(product, product.image)
    if not product.image or not default_storage.exists(name):
        return None
    with default_storage.open(name) as file:
        return file.read(), TYPES[product.image]


def discard(product: Product) -> None:
    """Remove the file of a product that is being deleted, once that is certain."""
    transaction.on_commit(lambda: _remove_file(product, product.image))


def _write(actor: Actor, product: Product, kind: str) -> None:
    before, product.image = product.image, kind
    Product.objects.filter(pk=product.pk).update(image=kind, version=F("version") + 1)
    audit.record(actor, entry("product.updated", product, {"image": [before, kind]}))


def _path(product: Product, kind: str) -> str:
    return f"products/{product.uuid}.{kind}"


def _remove_file(product: Product, kind: str) -> None:
    if kind:
        default_storage.delete(_path(product, kind))
