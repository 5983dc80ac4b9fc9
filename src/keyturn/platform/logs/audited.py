"""What the audit trail records, said once more in the system log: readable, switchable, purged."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from keyturn.access.actors import Actor
from keyturn.platform.audit.registry import name_of
from keyturn.platform.audit.services import Entry
from keyturn.platform.logs import visits, writer
from keyturn.platform.logs.lines import Line
from keyturn.platform.logs.models import Category
from keyturn.platform.logs.vocabulary import action_of, level_of

# More events of one change than that are one line with their number.
_ONE_BY_ONE: Final = 20
_PAGES: Final = {"admin": Category.DASHBOARD, "customer": Category.PORTAL}


def note(actor: Actor, entries: Sequence[Entry]) -> None:
    """Log events once their transaction has happened. What programs did stands there as their request."""
    if actor.kind == "api_key":
        return
    for line in _lines(actor, entries):
        writer.after_commit(line)


def _lines(actor: Actor, entries: Sequence[Entry]) -> Iterator[Line]:
    if len(entries) <= _ONE_BY_ONE:
        yield from (_line(actor, entry) for entry in entries)
        return
    counts = Counter(entry.action for entry in entries)
    first = {entry.action: entry for entry in reversed(entries)}
    for action, count in counts.items():
        line = _line(actor, first[action])
        if count > 1:
            line.resource_id, line.context = "", {**_visit(), "count": count}
        yield line


def _line(actor: Actor, entry: Entry) -> Line:
    visit = visits.current()
    return Line(
        _category(actor, entry),
        action_of(entry.action, entry.changes),
        level_of(entry.action),
        name_of(entry.action, dict(entry.changes)).label,
        environment=entry.environment or actor.environment,
        resource_kind=entry.subject[0],
        resource_id=str(entry.subject[1]) if entry.subject[1].int else "",
        user_kind=actor.kind,
        user_id=actor.id,
        user_label=actor.label if actor.kind == "system" else "",
        ip=actor.ip or visit.ip,
        request_id=(actor.request_id or visit.request_id)[:36],
        context={**_visit(), "event": entry.action, **({"changes": dict(entry.changes)} if entry.changes else {})},
    )


def _category(actor: Actor, entry: Entry) -> Category:
    known = _PAGES.get(actor.kind)
    if known:
        return known
    kind = entry.subject[0]
    if visits.current() is not visits.NOBODY and kind in _PAGES:
        # The page of somebody who has not signed in yet acts as the system.
        return _PAGES[kind]
    return {"job": Category.JOBS, "webhook": Category.WEBHOOKS}.get(kind, Category.SYSTEM)


def _visit() -> dict[str, Any]:
    visit = visits.current()
    known = {
        "user_agent": visit.user_agent[:300],
        "session": visit.session,
        "method": visit.method,
        "path": visit.path[:300],
    }
    return {name: value for name, value in known.items() if value}
