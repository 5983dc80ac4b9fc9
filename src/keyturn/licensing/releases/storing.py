"""From the waiting room into the storage, and out of it again."""

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from keyturn.core.errors import Invalid
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import uploads
from keyturn.licensing.releases.models import ReleaseFile
from keyturn.platform.storage import services as storage
from keyturn.platform.storage.places import Missing, Unavailable

log = logging.getLogger(__name__)


@contextmanager
def stored(files: Sequence[ReleaseFile], product: Product) -> Iterator[None]:
    """Put whole uploads into the storage, below the product's UUID, while the block saves what names them.

    When the storage or the block fails, they are taken out again and wait as before. Raises Invalid.
    """
    try:
        for file in files:
            _put(file, product)
        yield
    except BaseException:
        for file in files:
            _take_back(file)
        raise
    for file in files:
        uploads.path_of(file).unlink(missing_ok=True)


def _put(file: ReleaseFile, product: Product) -> None:
    # Written down first: should this process die, the job that tidies up knows what to remove.
    file.storage, file.key = storage.kind(), f"releases/{product.uuid}/{secrets.token_hex(16)}"
    ReleaseFile.objects.filter(pk=file.pk).update(storage=file.storage, key=file.key)
    try:
        storage.place(file.storage).put(file.key, uploads.path_of(file))
    except (Unavailable, Missing) as problem:
        why = str(problem) if isinstance(problem, Unavailable) else "the upload is not on this server any more"
        log.warning("storing %s failed: %s", file.uuid, why)
        raise Invalid({"assets": [f"{file.name} could not be stored: {why}. Nothing was saved."]}) from problem


def _take_back(file: ReleaseFile) -> None:
    if not file.key:
        return
    try:
        storage.place(file.storage).delete(file.key)
    except (Unavailable, Missing):
        log.warning("%s stays in the storage as %s", file.uuid, file.key)
    else:
        ReleaseFile.objects.filter(pk=file.pk).update(storage="", key="")
        file.storage = file.key = ""
