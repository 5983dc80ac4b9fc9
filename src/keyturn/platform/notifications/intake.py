"""Taking note of what may have to be told. Nothing here locks a row or asks who is concerned."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.platform.audit.services import Entry
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.notifications.models import Raised, Waiting
from keyturn.platform.notifications.notices import Happening, Notice, heard

FOLD: Final = "notifications.fold"
# Much happens at once: a little later one job tells all of it.
PATIENCE: Final = timedelta(seconds=8)
_AT_ONCE: Final = 500


def note(actor: Actor, entries: Sequence[Entry]) -> None:
    """Keep what was just recorded, if any room tells of it."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for entry in entries:
        if entry.action in heard():
            found[entry.action].append(_kept(actor, entry))
    rows = [
        Waiting(action=action, content=kept[start : start + _AT_ONCE])
        for action, kept in found.items()
        for start in range(0, len(kept), _AT_ONCE)
    ]
    _keep(rows)


def tell(notices: Iterable[Notice]) -> None:
    """Have these told; call it in the transaction of what they tell of."""
    _keep([Waiting(content=one.stored()) for one in notices])


def tell_new(notices: Sequence[Notice]) -> None:
    """As `tell`, for those who look often: what was told once already does not wait once more."""
    keys = [one.once for one in notices if one.once]
    known = set(Raised.objects.filter(key__in=keys).values_list("key", flat=True)) if keys else set()
    tell([one for one in notices if one.once not in known])


def happenings(row: Waiting) -> list[Happening]:
    """What `note` kept."""
    return [
        Happening(row.action, environment, tuple(actor), tuple(subject), license, customer, changes, text)
        for environment, actor, subject, license, customer, changes, text in row.content
    ]


def _kept(actor: Actor, entry: Entry) -> list[Any]:
    kind, uuid = entry.subject
    label = actor.label if actor.kind in ("api_key", "system") else ""
    return [
        entry.environment or actor.environment,
        [actor.kind, actor.id, label],
        [kind, str(uuid)],
        str(entry.license or ""),
        str(entry.customer or ""),
        dict(entry.changes),
        # What people write about a customer is sealed elsewhere, and stays there.
        "" if entry.customer else entry.note[:200],
    ]


def _keep(rows: Sequence[Waiting]) -> None:
    if not rows:
        return
    # A job that comes for the first of many takes them all; the schedule sees to what it misses.
    first = not Waiting.objects.exists()
    Waiting.objects.bulk_create(rows)
    if first:
        enqueue(FOLD, at=now() + PATIENCE)
