"""Putting new license keys into the database, unique per environment."""

import logging
from collections.abc import Callable, Sequence
from uuid import UUID

from keyturn.core.inserting import insert_free_rows
from keyturn.core.text import has_control
from keyturn.licensing.licenses.models import License

log = logging.getLogger(__name__)
LONGEST = 255
TRIES = 3
_BATCH = 500


def key_problem(key: str) -> str:
    """Why a given text cannot be a license key, or ""."""
    if not 1 <= len(key) <= LONGEST:
        return f"A license key has 1 to {LONGEST} characters."
    if has_control(key) or key != key.strip():
        return "A license key has no control characters and no space at its ends."
    return ""


def insert_free(licenses: Sequence[License]) -> set[UUID]:
    """Insert those of `licenses` whose key is free; their UUIDs."""
    insert_free_rows(licenses)
    return set(License.objects.filter(uuid__in=[row.uuid for row in licenses]).values_list("uuid", flat=True))


def insert_given(licenses: Sequence[License]) -> list[License]:
    """Insert licenses whose keys are given; the stored rows, without those whose key exists already."""
    uuids = {license.uuid for license in licenses}
    License.objects.bulk_create(licenses, ignore_conflicts=True, batch_size=_BATCH)
    return list(License.objects.select_related("product", "customer").filter(uuid__in=uuids).order_by("pk"))


def insert_drawn(licenses: Sequence[License], draw: Callable[[], str]) -> tuple[list[License], int]:
    """Insert licenses with drawn keys; a key that exists is drawn again, at most TRIES times (GEN-24).

    Returns the stored rows and how many failed.
    """
    waiting, stored = list(licenses), []
    for _ in range(1 + TRIES):
        if not waiting:
            break
        for license in waiting:
            license.license_key = draw()
        made = insert_given(waiting)
        stored += made
        done = {license.uuid for license in made}
        waiting = [license for license in waiting if license.uuid not in done]
    if waiting:
        log.error("%d license keys could not be drawn: every try met an existing key", len(waiting))
    return stored, len(waiting)
