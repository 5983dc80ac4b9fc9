"""Changes to more licenses than one request may take: everything that a search and its filters match."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import KeyturnError
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.lists import Filters
from keyturn.licensing.licenses.models import License
from keyturn.platform.jobs.services import enqueue

# Up to here a request makes the change itself, all or nothing.
AT_ONCE = 1000
# A customer's licenses change hands together, however the transfer is asked for (CUS-17).
_MORE_AT_ONCE = {"assign": 10_000}
Change = Callable[[Actor, Sequence[License], Mapping[str, str]], int]
_CHANGES: dict[str, tuple[Permission, Change]] = {
    "assign": (
        Permission.ASSIGN_LICENSES,
        lambda actor, rows, values: services.assign_many(actor, rows, values["email"], name=values.get("name", "")),
    ),
    "revoke": (
        Permission.STOP_LICENSES,
        lambda actor, rows, values: services.revoke_many(actor, rows, reason=values.get("reason", "")),
    ),
    "renew": (
        Permission.MANAGE_LICENSES,
        lambda actor, rows, values: services.renew_many(
            actor, rows, until=values["until"], asked_at=datetime.fromisoformat(values["asked_at"])
        ),
    ),
    "delete": (Permission.MANAGE_LICENSES, lambda actor, rows, values: services.delete_many(actor, rows)),
}


def at_once(name: str) -> int:
    """Up to how many licenses one request makes the change `name` in one transaction."""
    return _MORE_AT_ONCE.get(name, AT_ONCE)


def change(actor: Actor, name: str, licenses: Sequence[License], values: Mapping[str, str]) -> int:
    """Assign, renew, revoke or delete up to at_once(name) licenses in one transaction; how many changed."""
    return _CHANGES[name][1](actor, licenses, values)


def change_later(actor: Actor, name: str, search: str, filters: Filters, values: Mapping[str, str]) -> UUID:
    """Queue the change of all licenses that match now; the job's UUID. `name`: assign, renew, revoke or delete."""
    require(actor, _CHANGES[name][0])
    newest = License.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return enqueue(
        "licenses.change_matching",
        environment=actor.environment,
        change=name,
        search=search,
        filters={field: str(value) for field, value in asdict(filters).items() if value},
        newest=newest,
        values=dict(values),
        actor={"id": actor.id, "environment": actor.environment, "permissions": sorted(actor.permissions)},
    )


def change_slice(
    actor: Actor, name: str, rows: Sequence[License], values: Mapping[str, str], counts: dict[str, int]
) -> None:
    """Change `rows` together; when one refuses, each by itself. Adds to "changed" and "refused" of `counts`."""
    try:
        counts["changed"] += change(actor, name, rows, values)
    except KeyturnError:
        if len(rows) == 1:
            counts["refused"] += 1
        else:
            for row in rows:
                change_slice(actor, name, [row], values, counts)


def read_filters(given: Mapping[str, str]) -> Filters:
    """The filters out of a job's payload."""
    read: dict[str, Callable[[str], Any]] = {
        "product": UUID,
        "customer": UUID,
        "expires_from": date.fromisoformat,
        "expires_to": date.fromisoformat,
    }
    return Filters(**{field: read.get(field, str)(value) for field, value in given.items()})
