"""What licenses do by themselves, and what takes too long for a request."""

import itertools
from datetime import time, timedelta
from typing import Any

from django.db import transaction

from keyturn.access.actors import Actor, system
from keyturn.access.permissions import GRANTED, Role
from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import bulk, lists, mismatches, notices, notifying, removal
from keyturn.licensing.licenses.creation import generate
from keyturn.licensing.licenses.lifecycle import transition_many
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import daily, every, schedule
from keyturn.platform.preferences import services as preferences

# On SQLite nobody else writes while a slice commits.
SLICE = 100
# Days before the end of a license.
REMINDERS = (30, 14, 7)
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


@schedule(daily(time(3)))
@job(title="Old mismatches")
def forget_mismatches(run: Run) -> dict[str, int]:
    """Remove strange checks that no page shows any more."""
    return {"removed": mismatches.forget_old()}


@schedule(daily(time(8)))
@job(timeout=600, title="Expiry reminders")
def remind(run: Run) -> dict[str, int]:
    """Mail the owners of licenses that end in 30, 14 or 7 days, when that is turned on (O8)."""
    if not preferences.flag("licenses.expiry_notices"):
        return {"reminded": 0}
    reminded, moment = 0, now()
    for environment, days in itertools.product(Environment.values, REMINDERS):
        ending = License.objects.filter(
            environment=environment,
            status__in=(Status.ASSIGNED, Status.ACTIVE),
            # A day that was missed is made up for; the key keeps each reminder from going out twice.
            expires_at__range=(moment + timedelta(days=days - 2), moment + timedelta(days=days)),
        )
        for license in list(ending.select_related("product", "customer").order_by("pk")):
            notices.reminder(license, days)
            reminded += 1
    return {"reminded": reminded}


@schedule(daily(time(8)))
@job(timeout=600, title="Expiry warnings to admins")
def warn_admins(run: Run) -> dict[str, int]:
    """Tell admins how many licenses are about to end (NTF-14)."""
    return {"warnings": notifying.warn_of_ends()}


@job(queue="bulk", alone=True, timeout=600, title="License generation")
def generate_batch(run: Run, *, generator_id: int, quantity: int, actor: dict[str, str]) -> dict[str, int]:
    """Make a batch that is too large for a request, in slices that a second attempt does not repeat."""
    # Whether he may was asked when he queued it.
    author = Actor(
        "admin",
        actor["id"],
        permissions=GRANTED[Role.SUPER_ADMIN],
        environment=actor["environment"],
        request_id=str(run.uuid),
    )
    failed = 0
    while run.processed < quantity:
        with transaction.atomic():
            # Read again: it may have been switched off, or its product stopped.
            generator = Generator.objects.select_related("product").get(pk=generator_id)
            batch = generate(author, generator, min(SLICE, quantity - run.processed))
            failed += batch.failed
            run.report(run.processed + len(batch.licenses) + batch.failed, quantity)
    return {"made": quantity - failed, "failed": failed}


@job(queue="bulk", alone=True, timeout=3600, title="Change of many licenses")
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


@job(queue="high", timeout=3600, title="Kill switch")
def revoke_all(run: Run, *, product_id: int, author: dict[str, str]) -> dict[str, int]:
    """Revoke every license of a stopped product, slice by slice (PRD-31)."""
    actor = system("kill switch", run.environment)
    waiting = License.objects.select_related("product", "customer").filter(product_id=product_id)
    waiting = waiting.exclude(status=Status.REVOKED)
    total = run.total or waiting.count()
    while True:
        with transaction.atomic():
            part = list(waiting.order_by("pk")[:SLICE])
            transition_many(actor, part, Status.REVOKED, note="kill switch", event={"pulled_by": author["id"]})
            run.report(run.processed + len(part), max(total, run.processed + len(part)))
        if len(part) < SLICE:
            return {"revoked": run.processed}


@job(timeout=3600, title="Mails to owners of licenses")
def tell_owners(run: Run, *, template: str, licenses: list[int], event: str) -> None:
    """Tell many owners what happened to their licenses."""
    for start in range(0, len(licenses), SLICE):
        notices.tell_owners(template, licenses[start : start + SLICE], event=event)


@job(timeout=3600, title="Mails to former owners")
def tell_former_owners(run: Run, *, owners: list[tuple[int, int]], to: str, event: str) -> None:
    """Tell many former owners that licenses left their accounts."""
    counts = dict(owners)
    for owner in Customer.objects.filter(pk__in=counts, erased_at=None).order_by("pk"):
        notices.tell_former_owner(owner, count=counts[owner.pk], to=to, event=event)


@job(queue="bulk", alone=True, timeout=3600, title="Deletion of a product")
def delete_product(run: Run, *, product_id: int, author: dict[str, Any]) -> dict[str, int]:
    """Remove the revoked licenses of a product slice by slice, then the product itself (PRD-32)."""
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        return {"licenses": run.processed}
    actor = Actor(author["kind"], author["id"], permissions=set(author["permissions"]), environment=run.environment)
    total = run.total or License.objects.filter(product=product).count()
    while True:
        with transaction.atomic():
            gone = removal.delete_some(actor, product)
            run.report(run.processed + gone, max(total, run.processed + gone))
        if not gone:
            break
    removal.finish(actor, product)
    return {"licenses": run.processed}
