"""Sealing what was recorded since the last seal."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from keyturn.core.clock import now
from keyturn.operations.evidence import chain
from keyturn.operations.evidence.models import Seal
from keyturn.platform.audit.models import AuditEvent

BATCH: Final = 1000
# Entries of transactions under way get their numbers before they can be seen.
LAG: Final = timedelta(minutes=1)
# No transaction lasts longer: what turns up later in a gap was slipped in.
PATIENCE: Final = timedelta(hours=2)

Gap = tuple[int, int, datetime]


def seal_all(tell: Callable[[int], None] = lambda count: None) -> int:
    """Seal everything that is old enough, batch by batch, each in a transaction of its own; how many entries."""
    total = 0
    while count := seal():
        total += count
        tell(total)
    return total


def seal() -> int:
    """One batch; how many entries. Of two that seal at once, one finds nothing to do."""
    before = Seal.objects.defer("links").order_by("-number").first()
    high, gaps = (before.last_id, _open(before)) if before else (0, [])
    late = [found for low, top, _ in gaps for found in chain.entries(_rows(Q(pk__gte=low, pk__lte=top)))][:BATCH]
    fresh = _rows(Q(pk__gt=high, at__lte=now() - LAG))[: BATCH - len(late)] if len(late) < BATCH else None
    new = list(chain.entries(fresh)) if fresh is not None else []
    links = [chain.link(id, values) for id, values in (*late, *new)]
    if not links:
        return 0
    last = new[-1][0] if new else high
    made = Seal(
        number=before.number + 1 if before else 1,
        first_id=min(one.id for one in links),
        last_id=last,
        count=len(links),
        late=len(late),
        previous=before.last if before else chain.START,
        last=chain.extend(before.last if before else chain.START, links),
        links=chain.pack(links),
        open_gaps=_written(_left(gaps, {id for id, _ in late}) + _between(high, [id for id, _ in new])),
        at=now(),
    )
    made.pair, made.signature = chain.sign(message(made))
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return 0
    return len(links)


def message(seal: Seal) -> bytes:
    """What the signature of a seal covers: all of it."""
    return chain.canonical(
        {
            "number": seal.number,
            "first_id": seal.first_id,
            "last_id": seal.last_id,
            "count": seal.count,
            "late": seal.late,
            "previous": seal.previous,
            "last": seal.last,
            "links": hashlib.sha256(bytes(seal.links)).hexdigest(),
            "open_gaps": seal.open_gaps,
            "at": seal.at,
        }
    )


def gaps_of(seal: Seal) -> list[Gap]:
    """Ranges of numbers that were missing when this seal was made."""
    return [(low, top, datetime.fromisoformat(since)) for low, top, since in seal.open_gaps]


def _rows(condition: Q) -> Any:
    return AuditEvent.objects.filter(condition).order_by("pk")


def _open(seal: Seal) -> list[Gap]:
    return [gap for gap in gaps_of(seal) if now() - gap[2] < PATIENCE]


def _left(gaps: list[Gap], filled: set[int]) -> list[Gap]:
    found = []
    for low, top, since in gaps:
        start = low
        for id in sorted(one for one in filled if low <= one <= top):
            if id > start:
                found.append((start, id - 1, since))
            start = id + 1
        if start <= top:
            found.append((start, top, since))
    return found


def _between(high: int, ids: list[int]) -> list[Gap]:
    at, before = now(), (high, *islice(ids, len(ids) - 1)) if ids else ()
    return [(low + 1, id - 1, at) for low, id in zip(before, ids, strict=True) if id > low + 1]


def _written(gaps: list[Gap]) -> list[list[Any]]:
    return [[low, top, since.isoformat()] for low, top, since in gaps]
