"""Delivering what waits: worded, folded, and put into the inbox of everybody concerned."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from keyturn.core.clock import now
from keyturn.platform.notifications import choices, copies, intake, people
from keyturn.platform.notifications.kinds import ROLES, Type
from keyturn.platform.notifications.models import Notification, Raised, Waiting
from keyturn.platform.notifications.notices import Happening, Notice, tellers
from keyturn.platform.notifications.people import Person

logger = logging.getLogger("keyturn.notifications")
WINDOW: Final = timedelta(minutes=15)
# On SQLite nobody else writes while a slice commits.
_SLICE: Final = 100
_QUEUE: Final = "fold"


def fold() -> int:
    """Deliver everything that waits, slice by slice; how many rows of it there were."""
    done = 0
    while part := _some():
        done += part
    return done


def _some() -> int:
    # Looking first keeps an idle worker from taking SQLite's write lock.
    if not Waiting.objects.exists():
        return 0
    Raised.objects.get_or_create(key=_QUEUE)
    with transaction.atomic():
        # Of two workers one folds, the other waits: else both would begin a line for the same thing.
        Raised.objects.select_for_update().get(key=_QUEUE)
        rows = list(Waiting.objects.order_by("pk")[:_SLICE])
        notices = _told_once(_together(_worded(rows)))
        if notices:
            _deliver(notices)
        Waiting.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _worded(rows: Sequence[Waiting]) -> Iterator[Notice]:
    happened = [one for row in rows if row.action for one in intake.happenings(row)]
    for actions, teller in tellers():
        heard: list[Happening] = [one for one in happened if one.action in actions]
        if heard:
            try:
                with transaction.atomic():
                    yield from list(teller(heard))
            except Exception:
                # One room that cannot word its events must not keep all others from telling theirs.
                logger.exception("Notifications of %s were lost.", ", ".join(sorted(actions)))
    yield from (Notice.restored(row.content) for row in rows if not row.action)


def _together(notices: Iterable[Notice]) -> list[Notice]:
    """One for all that fold and have the same author, so that each admin's count leaves out his own."""
    alike: dict[tuple[object, ...], Notice] = {}
    for one in notices:
        key = (one.fold, one.author, one.admins, one.roles, one.once)
        alike[key] = alike[key].and_more(one.count) if key in alike else one
    return list(alike.values())


def _told_once(notices: list[Notice]) -> list[Notice]:
    keys = {one.once for one in notices if one.once}
    if not keys:
        return notices
    known = set(Raised.objects.filter(key__in=keys).values_list("key", flat=True))
    Raised.objects.bulk_create(Raised(key=key) for key in sorted(keys - known))
    return [one for one in notices if one.once not in known]


def _deliver(notices: Sequence[Notice]) -> None:
    admins = people.active()
    wanted = choices.of_many(admins)
    addressed: dict[tuple[int, str], Notice] = {}
    for notice in notices:
        for admin in admins:
            channels = wanted[admin.pk, notice.type]
            if (channels.in_app or channels.email) and _concerns(notice, admin):
                key = (admin.pk, notice.fold)
                known = addressed.get(key)
                addressed[key] = known.and_more(notice.count) if known else notice
    lines = _open_lines(addressed)
    fresh = []
    for (pk, fold), notice in addressed.items():
        if line := lines.get((pk, fold)):
            _add(line, notice)
        else:
            fresh.append(_line(pk, notice, hidden=not wanted[pk, notice.type].in_app))
    made = Notification.objects.bulk_create(fresh)
    by_key = {admin.pk: admin for admin in admins}
    copies.send(
        [
            (by_key[row.admin_id], row)
            for row in made
            if wanted[row.admin_id, row.type].email and addressed[row.admin_id, row.fold].by_mail
        ]
    )


def _concerns(notice: Notice, admin: Person) -> bool:
    if str(admin.uuid) in notice.admins:
        return True
    roles = ROLES[notice.type] if notice.roles is None else notice.roles
    own = notice.author == str(admin.uuid) and notice.type != Type.SECURITY
    return admin.role in roles and not own


def _open_lines(addressed: dict[tuple[int, str], Notice]) -> dict[tuple[int, str], Notification]:
    """Lines of the last 15 minutes by admin and what folds, the newest of each."""
    folds: dict[str, set[int]] = defaultdict(set)
    for pk, fold in addressed:
        folds[fold].add(pk)
    owners = {pk for pk, _ in addressed}
    rows = Notification.objects.filter(admin__in=owners, fold__in=folds, created_at__gt=now() - WINDOW)
    return {(row.admin_id, row.fold): row for row in rows.order_by("created_at")}


def _add(line: Notification, notice: Notice) -> None:
    more = replace(notice, count=0).and_more(notice.count)
    Notification.objects.filter(pk=line.pk).update(
        count=F("count") + notice.count,
        body=more.body,
        link_kind=more.link[0],
        link_uuid=_uuid(more.link[1]),
        person=_uuid(more.person),
    )


def _line(admin: int, notice: Notice, *, hidden: bool) -> Notification:
    return Notification(
        admin_id=admin,
        type=notice.type,
        fold=notice.fold,
        title=notice.title[:200],
        body=notice.body[:500],
        environment=notice.environment,
        link_kind=notice.link[0],
        link_uuid=_uuid(notice.link[1]),
        person=_uuid(notice.person),
        count=notice.count,
        hidden=hidden,
        # Stamped here: all of a slice are of one moment.
        created_at=now(),
    )


def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None
