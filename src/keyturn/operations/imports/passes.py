"""The two passes over the rows of a file: checking, which changes nothing, and importing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.licensing.licenses.intake import KEY_EXISTS, Draft, take_in
from keyturn.licensing.licenses.models import License
from keyturn.operations.imports import services
from keyturn.operations.imports.models import Block, Fault, Import
from keyturn.operations.imports.reading import Row
from keyturn.operations.imports.rows import Faulty, Judge
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs import kinds

Report = Callable[[int, int], None]
"""Told (rows done, rows in all) inside the transaction of each slice; may raise to undo it."""

# On SQLite nobody else writes while a slice does: its size follows the processor time of the last one,
# far below the 50 ms that others are promised. PostgreSQL locks rows only.
_SLICE_SECONDS, _PAUSE = 0.03, 0.01
# Most of a small slice's time is the same for any size: below this it would only take longer in all.
# Mails cost more than licenses.
_SMALLEST, _SMALLEST_WITH_MAIL, _LARGEST = 20, 8, 200


@dataclass(slots=True)
class _Judged:
    """The rows of one slice: drafts with their rows, and what is wrong with the others."""

    drafts: list[tuple[Row, Draft]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def duplicates(self) -> int:
        return sum(fault.duplicate for fault in self.faults)


def check(of: Import, report: Report = lambda done, total: None) -> None:
    """The dry run: what each row would become. Starts over when it was cut off."""
    Import.objects.filter(pk=of.pk).update(done=0, good=0, duplicates=0, faulty=0, new_customers=0)
    of.faults.all().delete()
    of.refresh_from_db()
    judge, seen, people = Judge(of), dict[str, int](), set[str]()
    rows = services.rows_from(of, 0)
    while part := list(islice(rows, services.BLOCK)):
        judged = _judge(judge, of, part)
        arrived = _foresee(of, judged, seen, people)
        with transaction.atomic():
            Fault.objects.bulk_create(judged.faults)
            _count(of, Import.Status.CHECKING, of.done + len(part), len(judged.drafts), judged, arrived)
            report(of.done + len(part), of.rows)
        of.done += len(part)
    Import.objects.filter(pk=of.pk, status=Import.Status.CHECKING).update(status=Import.Status.CHECKED)
    of.refresh_from_db()


def carry_out(actor: Actor, of: Import, report: Report = lambda done, total: None) -> None:
    """Make the licenses of all rows that are not done yet, slice by slice, and close the import."""
    # Loading what mails and jobs need takes seconds, and must not fall into a transaction.
    kinds.discover()
    embedded = connection.vendor == "sqlite"
    least = _SMALLEST_WITH_MAIL if of.notify else _SMALLEST
    judge, size = Judge(of), least if embedded else _LARGEST
    rows = services.rows_from(of, of.done)
    while part := list(islice(rows, size)):
        judged = _judge(judge, of, part)
        before = time.thread_time()
        _take_slice(actor, of, part, judged, report)
        if embedded:
            worked = time.thread_time() - before
            size = max(least, min(_LARGEST, size * 2, round(size * _SLICE_SECONDS / worked)))
            # Whoever waits for the writer looks again after some milliseconds: leave it free that long.
            time.sleep(_PAUSE)
    _close(actor, of)


def _take_slice(actor: Actor, of: Import, part: Sequence[Row], judged: _Judged, report: Report) -> None:
    done = of.done + len(part)
    with transaction.atomic():
        taken = take_in(actor, [draft for _, draft in judged.drafts], notify=of.notify)
        for (row, _), problem in zip(judged.drafts, taken.problems, strict=True):
            if problem:
                judged.faults.append(_fault(of, row, problem, duplicate=problem == KEY_EXISTS))
        Fault.objects.bulk_create(judged.faults)
        # Whose turn it was: a second worker waits for this row, finds it changed, and undoes all of the above.
        if not _count(of, Import.Status.RUNNING, done, taken.made, judged, taken.new_customers):
            raise Overtaken
        report(done, of.rows)
    of.done = done


class Overtaken(Exception):
    """Another worker goes on with this import."""


def _judge(judge: Judge, of: Import, part: Sequence[Row]) -> _Judged:
    judged = _Judged()
    for row in part:
        try:
            judged.drafts.append((row, judge.draft(row[1])))
        except Faulty as faulty:
            judged.faults.append(_fault(of, row, str(faulty)))
    return judged


def _foresee(of: Import, judged: _Judged, seen: dict[str, int], people: set[str]) -> int:
    """Move rows whose key is taken to the faults; how many customers the others would create."""
    given = [draft.license_key for _, draft in judged.drafts if draft.license_key]
    taken = set(
        License.objects.filter(environment=of.environment, license_key__in=given).values_list("license_key", flat=True)
    )
    good = []
    for row, draft in judged.drafts:
        key = draft.license_key
        if key and key in seen:
            judged.faults.append(_fault(of, row, f"This key stands in line {seen[key]} already.", duplicate=True))
        elif key in taken:
            judged.faults.append(_fault(of, row, KEY_EXISTS, duplicate=True))
        else:
            good.append((row, draft))
        if key:
            seen.setdefault(key, row[0])
    judged.drafts = good
    fresh = {draft.email for _, draft in good if draft.email} - people
    people |= fresh
    return len(fresh) - Customer.objects.filter(email__in=fresh).count()


def _fault(of: Import, row: Row, reason: str, *, duplicate: bool = False) -> Fault:
    return Fault(of=of, line=row[0], reason=reason[:1000], duplicate=duplicate, values=row[1])


def _count(of: Import, status: str, done: int, good: int, judged: _Judged, arrived: int) -> bool:
    """Write what a slice came to; False when the import stands elsewhere than `of` says."""
    mine = Import.objects.filter(pk=of.pk, status=status, done=of.done)
    return bool(
        mine.update(
            done=done,
            good=F("good") + good,
            duplicates=F("duplicates") + judged.duplicates,
            faulty=F("faulty") + len(judged.faults) - judged.duplicates,
            new_customers=F("new_customers") + arrived,
        )
    )


def _close(actor: Actor, of: Import) -> None:
    """Close an import whose rows are all done, with one audit event for the whole; once."""
    with transaction.atomic():
        open_one = Import.objects.filter(pk=of.pk, status=Import.Status.RUNNING, done__gte=of.rows)
        closed = open_one.update(status=Import.Status.DONE, finished_at=now())
        of.refresh_from_db()
        if not closed:
            return
        counts: dict[str, Any] = {
            "rows": of.rows,
            "made": of.good,
            "duplicates": of.duplicates,
            "faulty": of.faulty,
            "new_customers": of.new_customers,
        }
        audit.record(actor, audit.Entry("license.imported", ("import", of.uuid), counts, environment=of.environment))
    # A file at a time may be large: each block is a transaction of its own.
    for key in list(of.blocks.values_list("pk", flat=True)):
        Block.objects.filter(pk=key).delete()
