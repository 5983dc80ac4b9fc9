"""What licenses do by themselves, and what takes too long for a request."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from keyturn.access.actors import Actor, system
from keyturn.access.permissions import GRANTED, Role
from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import bulk, lists
from keyturn.licensing.licenses.creation import generate
from keyturn.licensing.licenses.lifecycle import transition_many
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import every, schedule
from keyturn.platform.preferences import services as preferences

# On SQLite nobody else writes while a slice commits.
SLICE = 100
_MAY_EXPIRE = (Status.AVAILABLE, Status.ASSIGNED, Status.ACTIVE, Status.SUSPENDED)


@schedule(every(minutes=1))
@job(timeout=600, title="License expiry")
def expire(run: Run) -> dict[str, int]:
    """Mark licenses whose validity and grace have ended as expired (T6)."""
    due_before = now() - timedelta(days=preferences.get("licenses.grace_days"))
    expired = 0
    for environment in Environment.values:
        # Named states let the index on environment, status and expiry answer.
        due = License.objects.filter(environment=environment, status__in=_MAY_EXPIRE, expires_at__lt=due_before)
        while True:
            with transaction.atomic():
                part = list(due.order_by("expires_at")[:SLICE])
                expired += len(transition_many(system("license expiry", environment), part, Status.EXPIRED))
            if len(part) < SLICE:
                break
    return {"expired": expired}


@job(queue="bulk", timeout=600, title="License generation")
def generate_batch(run: Run, *, generator_id: int, quantity: int, actor: dict[str, str]) -> dict[str, int]:
    """Make a batch that is too large for a request, in slices that a second attempt does not repeat."""
    generator = Generator.objects.select_related("product").get(pk=generator_id)
    # Whether he may was asked when he queued it.
    author = Actor("admin", actor["id"], permissions=GRANTED[Role.SUPER_ADMIN], environment=actor["environment"])
    failed = 0
    while run.processed < quantity:
        with transaction.atomic():
            batch = generate(author, generator, min(SLICE, quantity - run.processed))
            failed += batch.failed
            run.report(run.processed + len(batch.licenses) + batch.failed, quantity)
    return {"made": quantity - failed, "failed": failed}


@job(queue="bulk", timeout=3600, title="Change of many licenses")
def change_matching(
    run: Run,
    *,
    change: str,
    search: str,
    filters: dict[str, str],
    newest: int,
    values: dict[str, str],
    actor: dict[str, Any],
) -> dict[str, int]:
    """Assign, revoke or delete what matches, slice by slice. What refuses stays as it is and is counted.

    A second attempt changes what the first one left.
    """
    author = Actor("admin", actor["id"], permissions=set(actor["permissions"]), environment=actor["environment"])
    ids = [key for key in sorted(lists.matching_ids(author, search, bulk.read_filters(filters))) if key <= newest]
    counts = {"changed": 0, "refused": 0}
    for start in range(0, len(ids), SLICE):
        with transaction.atomic():
            rows = list(License.objects.in_scope(author).filter(pk__in=ids[start : start + SLICE]))
            bulk.change_slice(author, change, rows, values, counts)
            run.report(min(start + SLICE, len(ids)), len(ids))
    return counts
