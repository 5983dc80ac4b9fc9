"""An import from the uploaded file to the last license: upload, check, start, carry out, discard."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import clean_line
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.products.models import Product
from keyturn.operations.imports import reading
from keyturn.operations.imports.models import Block, Import
from keyturn.platform.jobs.services import enqueue

BYTES_LIMIT = 50 * 1024 * 1024
ROWS_LIMIT = 100_000
BLOCK = 500
# Up to here a check takes no longer than a page.
AT_ONCE = 500


def upload(
    actor: Actor,
    file: BinaryIO,
    filename: str,
    *,
    product: Product | None = None,
    generator: Generator | None = None,
    notify: bool = True,
) -> Import:
    """Read a file into rows. `product` and `generator` count for rows that name none.

    `notify`: customers are invited and told of their licenses, where the product wants it.

    Nothing is checked yet but that it is such a file. Raises Invalid for `file` or `generator`.
    """
    require(actor, Permission.MANAGE_LICENSES)
    if generator and product and generator.product_id != product.pk:
        raise Invalid({"generator": ["This generator belongs to another product."]})
    digest = _digest(file)
    contents = reading.read(file)
    made = Import.objects.create(
        environment=actor.environment,
        author=actor.id,
        filename=clean_line(filename)[-255:],
        digest=digest,
        product=product,
        generator=generator,
        notify=notify,
        columns=contents.columns,
        ignored=contents.ignored[:50],
    )
    try:
        made.rows = _store(made, contents.rows)
    except BaseException:
        made.delete()
        raise
    made.status = Import.Status.CHECKING
    made.save(update_fields=["rows", "status"])
    return made


def rows_from(of: Import, position: int) -> Iterator[reading.Row]:
    """The rows of the file from `position` (from 0) on."""
    number, skip = divmod(position, BLOCK)
    while block := Block.objects.filter(of=of, number=number).first():
        rows = json.loads(zlib.decompress(bytes(block.content)))
        yield from ((line, values) for line, values in rows[skip:])
        number, skip = number + 1, 0


def check_later(actor: Actor, of: Import) -> UUID:
    """Queue the check of a file that is too large for a request; the job's UUID."""
    require(actor, Permission.MANAGE_LICENSES)
    return _enqueue("imports.check", actor, of)


@transaction.atomic
def start(actor: Actor, of: Import) -> UUID:
    """Queue the import of a file that was checked; of two who start it, one does. Raises Refused."""
    require(actor, Permission.MANAGE_LICENSES)
    begin(of)
    return _enqueue("imports.carry_out", actor, of)


def begin(of: Import) -> None:
    """Put a checked import into its second pass. Raises Refused unless it waits for just that."""
    zero = {"done": 0, "good": 0, "duplicates": 0, "faulty": 0, "new_customers": 0}
    waiting = Import.objects.filter(pk=of.pk, status=Import.Status.CHECKED)
    if not waiting.update(status=Import.Status.RUNNING, started_at=now(), **zero):
        raise Refused("This import was started already.")
    of.faults.all().delete()
    of.refresh_from_db()


def resume(actor: Actor, of: Import) -> UUID:
    """Queue again what a failed job left: it goes on behind the last row that was done. Raises Refused."""
    require(actor, Permission.MANAGE_LICENSES)
    if not of.busy:
        raise Refused("This import is not under way.")
    return _enqueue("imports.check" if of.status == Import.Status.CHECKING else "imports.carry_out", actor, of)


@transaction.atomic
def discard(actor: Actor, of: Import) -> None:
    """Forget a file before it is imported. Raises Refused once that has begun."""
    require(actor, Permission.MANAGE_LICENSES)
    if not Import.objects.filter(pk=of.pk).exclude(status__in=(Import.Status.RUNNING, Import.Status.DONE)).delete()[0]:
        raise Refused("This file is being imported already.")


def twin(of: Import) -> Import | None:
    """The latest import of the very same file into this environment, if one was carried out."""
    same = Import.objects.filter(environment=of.environment, digest=of.digest, started_at__isnull=False)
    return same.exclude(pk=of.pk).order_by("-created_at").first()


def unfinished(actor: Actor, file: BinaryIO) -> Import | None:
    """An import of this file that was begun and is not at its end."""
    require(actor, Permission.MANAGE_LICENSES)
    found = Import.objects.in_scope(actor).filter(digest=_digest(file), status=Import.Status.RUNNING)
    return found.order_by("-created_at").first()


def _enqueue(kind: str, actor: Actor, of: Import) -> UUID:
    author = {"kind": actor.kind, "id": actor.id, "label": actor.label, "permissions": sorted(actor.permissions)}
    job = enqueue(kind, environment=of.environment, import_uuid=str(of.uuid), actor=author)
    Import.objects.filter(pk=of.pk).update(job=job)
    return job


def _digest(file: BinaryIO) -> str:
    """SHA-256 of the whole file, which is at its start afterwards. Raises Invalid when it is too large."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while part := file.read(1 << 20):
        size += len(part)
        if size > BYTES_LIMIT:
            raise Invalid({"file": [f"This file is larger than {BYTES_LIMIT >> 20} MB. Split it into several."]})
        digest.update(part)
    file.seek(0)
    return digest.hexdigest()


def _store(of: Import, rows: Iterable[reading.Row]) -> int:
    """Keep the rows in blocks, each in a short transaction of its own; how many there are."""
    waiting, count = iter(rows), 0
    while part := list(islice(waiting, BLOCK)):
        packed = zlib.compress(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode())
        Block.objects.create(of=of, number=count // BLOCK, content=packed)
        count += len(part)
        if count > ROWS_LIMIT:
            raise Invalid({"file": [f"This file has more than {ROWS_LIMIT:,} rows. Split it into several."]})
    if not count:
        raise Invalid({"file": ["This file holds no licenses, only the names of its columns."]})
    return count
