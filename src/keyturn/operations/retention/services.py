"""Making, changing and deleting policies, and looking at what they would remove."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db import IntegrityError, transaction
from django.db.models import Min

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.operations.retention.entities import entity
from keyturn.operations.retention.models import EntityType, Policy
from keyturn.platform.audit import services as audit


class Taken(Refused):
    """There is a policy of this kind in this environment already: `policy`."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(f"There is a policy for {policy.get_entity_type_display()} already.")
        self.policy = policy


@dataclass(frozen=True, slots=True)
class Preview:
    """What a purge at this moment would do. `oldest` is None when there is no row at all."""

    policy: Policy
    cutoff: datetime
    rows: int
    oldest: datetime | None


def cutoff(days: int) -> datetime:
    """The moment before which rows are old."""
    return now() - timedelta(days=days)


def count_old(environment: str, entity_type: str, before: datetime) -> int:
    """How many rows a purge would remove, exactly."""
    return sum(one.old(environment, before).count() for one in entity(entity_type).sources)


def days_of(environment: str, entity_type: str) -> int | None:
    """How many days records are kept; None without a limit."""
    rows = Policy.objects.filter(environment=environment, entity_type=entity_type)
    return rows.values_list("days", flat=True).first()


def create(actor: Actor, *, entity_type: str, days: Any, is_enabled: bool = True) -> Policy:
    """A policy for the actor's environment. Raises Invalid, and Taken when there is one."""
    require(actor, Permission.MANAGE_RETENTION)
    wanted = {"environment": actor.environment, "entity_type": entity_type}
    number = entity(entity_type).check(days)
    try:
        with transaction.atomic():
            policy = Policy.objects.create(**wanted, days=number, is_enabled=is_enabled)
            _record(actor, "created", policy, {"days": [None, number], "is_enabled": [None, is_enabled]})
    except IntegrityError:
        there = Policy.objects.filter(**wanted).first()
        if there is None:
            raise
        raise Taken(there) from None
    return policy


@transaction.atomic
def update(actor: Actor, policy: Policy, *, days: Any, is_enabled: bool | None = None) -> Policy:
    """Change the days, and whether the policy is carried out. Raises Invalid, and Refused when it is gone."""
    require(actor, Permission.MANAGE_RETENTION)
    number = entity(policy.entity_type).check(days)
    fresh = Policy.objects.select_for_update().filter(pk=policy.pk).first()
    if fresh is None:
        raise Refused("This policy was deleted meanwhile. Reload the page.")
    enabled = fresh.is_enabled if is_enabled is None else is_enabled
    pairs: dict[str, list[Any]] = {"days": [fresh.days, number], "is_enabled": [fresh.is_enabled, enabled]}
    changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if changes:
        fresh.days, fresh.is_enabled = number, enabled
        fresh.save(update_fields=["days", "is_enabled", "updated_at"])
        _record(actor, "updated", fresh, changes)
    return fresh


@transaction.atomic
def delete(actor: Actor, policy: Policy) -> None:
    """Keep what the policy was about without limit from now on."""
    require(actor, Permission.MANAGE_RETENTION)
    fresh = Policy.objects.select_for_update().filter(pk=policy.pk).first()
    if fresh is None:
        return
    # Rows that an interrupted purge had removed so far are told here: no purge will.
    told = {"rows": fresh.purged_rows} if fresh.purged_rows else {}
    _record(actor, "deleted", fresh, {"days": [fresh.days, None], **told})
    fresh.delete()


def set_days(actor: Actor, entity_type: str, days: Any) -> Policy:
    """The days of the actor's environment, whether or not there is a policy: what the settings tabs save."""
    require(actor, Permission.MANAGE_RETENTION)
    there = Policy.objects.in_scope(actor).filter(entity_type=entity_type).first()
    return update(actor, there, days=days) if there else create(actor, entity_type=entity_type, days=days)


@transaction.atomic
def dry_run(actor: Actor) -> list[Preview]:
    """What each policy of the actor's environment that is carried out would remove now. Goes on record."""
    require(actor, Permission.MANAGE_RETENTION)
    found = [preview(policy) for policy in Policy.objects.in_scope(actor).enabled()]
    rows = {one.policy.entity_type: one.rows for one in found}
    subject = ("retention", uuid5(NAMESPACE_URL, actor.environment))
    audit.record(actor, audit.Entry("retention.previewed", subject, {"rows": rows}))
    return found


def preview(policy: Policy) -> Preview:
    """What a purge by one policy would do now."""
    before = cutoff(policy.days)
    rows = count_old(policy.environment, policy.entity_type, before)
    return Preview(policy, before, rows, _oldest(policy))


def _oldest(policy: Policy) -> datetime | None:
    """When the oldest row is from, whether or not it is old enough."""
    found = [
        one.old(policy.environment, now()).aggregate(oldest=Min(one.moment))["oldest"]
        for one in entity(policy.entity_type).sources
    ]
    return min((at for at in found if at), default=None)


def _record(actor: Actor, verb: str, policy: Policy, changes: dict[str, Any]) -> None:
    entry = audit.Entry(
        f"retention.{verb}",
        ("retention", policy.uuid),
        {"entity_type": policy.entity_type, **changes},
        environment=policy.environment,
        note=EntityType(policy.entity_type).label,
    )
    audit.record(actor, entry)
