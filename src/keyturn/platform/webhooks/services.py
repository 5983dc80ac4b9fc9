"""Making and changing webhooks, trying them out, and sending again what failed."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.access.scope import Environment
from keyturn.core import crypto, outbound
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import clean_line
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.webhooks import attempts, outbox, sealing, signing
from keyturn.platform.webhooks.catalog import EVENTS, TEST, in_order
from keyturn.platform.webhooks.models import Delivery, Event, Webhook

URL_LENGTH, DESCRIPTION_LENGTH = 500, 1000


def create(
    actor: Actor,
    *,
    name: str,
    url: str,
    environment: str,
    events: Sequence[str],
    description: str = "",
    is_active: bool = True,
) -> Webhook:
    """A new webhook with a secret of its own. Raises Invalid naming the fields."""
    require(actor, Permission.MANAGE_WEBHOOKS)
    errors: dict[str, list[str]] = {}
    if environment not in Environment.values:
        errors["environment"] = ["Choose production, staging or development."]
    webhook = Webhook(environment=environment, sealed_secret=crypto.seal(signing.new_secret().encode()))
    _set(webhook, errors, name=name, url=url, events=events, description=description, is_active=is_active)
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        webhook.save(force_insert=True)
        given = {field: [None, value] for field, value in _values(webhook).items() if field != "description"}
        _note(actor, webhook, "created", given)
    return webhook


def update(
    actor: Actor,
    webhook: Webhook,
    *,
    name: str,
    url: str,
    events: Sequence[str],
    description: str,
    is_active: bool,
) -> Webhook:
    """Change all but environment and secret; waiting attempts go to the new address. Raises Invalid."""
    require(actor, Permission.MANAGE_WEBHOOKS)
    errors: dict[str, list[str]] = {}
    wanted = Webhook(environment=webhook.environment, url=webhook.url)
    # Looks the host up: not while others wait for a transaction.
    _set(wanted, errors, name=name, url=url, events=events, description=description, is_active=is_active)
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        fresh = _locked(webhook)
        before, after = _values(fresh), _values(wanted)
        changes: dict[str, Any] = {
            field: [before[field], after[field]] for field in after if after[field] != before[field]
        }
        if not changes:
            return fresh
        for field in changes:
            setattr(fresh, field, after[field])
        fresh.save(update_fields=[*changes, "updated_at"])
        if not fresh.is_active:
            attempts.cancel_waiting(fresh, attempts.INACTIVE)
        # What people write may name persons; the trail keeps no such text.
        _note(actor, fresh, "updated", changes | ({"description": True} if "description" in changes else {}))
    return fresh


@transaction.atomic
def set_active(actor: Actor, webhook: Webhook, active: bool) -> None:
    """Turn a webhook on or off. What it misses while off is not sent later."""
    require(actor, Permission.MANAGE_WEBHOOKS)
    fresh = _locked(webhook)
    if fresh.is_active == active:
        return
    fresh.is_active, fresh.failing_since = active, None
    fresh.save(update_fields=["is_active", "failing_since", "updated_at"])
    if not active:
        attempts.cancel_waiting(fresh, attempts.INACTIVE)
    _note(actor, fresh, "enabled" if active else "disabled", {"is_active": [not active, active]})


@transaction.atomic
def renew_secret(actor: Actor, webhook: Webhook) -> Webhook:
    """Replace the secret at once: every attempt from now on is signed with the new one."""
    require(actor, Permission.MANAGE_WEBHOOKS)
    fresh = _locked(webhook)
    fresh.sealed_secret = crypto.seal(signing.new_secret().encode())
    fresh.save(update_fields=["sealed_secret", "updated_at"])
    _note(actor, fresh, "secret_renewed", {})
    return fresh


def reveal(actor: Actor, webhook: Webhook) -> str:
    """The secret, for somebody who sets up a receiver; that he saw it goes on record."""
    require(actor, Permission.MANAGE_WEBHOOKS)
    _note(actor, webhook, "secret_revealed", {})
    return sealing.secret(webhook)


@transaction.atomic
def delete(actor: Actor, webhook: Webhook) -> None:
    """Remove a webhook for good; past deliveries keep its name."""
    require(actor, Permission.MANAGE_WEBHOOKS)
    fresh = _locked(webhook)
    attempts.cancel_waiting(fresh, attempts.DELETED)
    _note(actor, fresh, "deleted", {"name": [fresh.name, None], "url": [fresh.url, None]})
    fresh.delete()


@transaction.atomic
def test(actor: Actor, webhook: Webhook) -> Delivery:
    """Queue an event of its own, `webhook.test`, to one webhook. Raises Refused when that is inactive."""
    require(actor, Permission.MANAGE_WEBHOOKS)
    fresh = _active(_locked(webhook))
    payload = {"message": f"This is a test of the webhook {fresh.name}.", "occurred_at": now().isoformat()}
    delivery = outbox.send_to(fresh, Event(name=TEST, environment=fresh.environment), payload)
    _note(actor, fresh, "tested", {})
    return delivery


@transaction.atomic
def retry(actor: Actor, delivery: Delivery) -> Delivery:
    """Send a failed delivery again at once: a new attempt with the same delivery id. Raises Refused.

    An attempt that waits for its time is made now instead, so that the receiver is not told twice.
    """
    require(actor, Permission.MANAGE_WEBHOOKS)
    rows = Delivery.objects.select_related("webhook").select_for_update(of=("self",))
    attempts_made = list(rows.filter(message=delivery.message).order_by("pk"))
    found = next((one for one in attempts_made if one.pk == delivery.pk), None)
    if found is None or found.status != Delivery.Status.FAILED:
        raise Refused("Only a failed delivery can be sent again.")
    if found.webhook is None and not found.is_callback:
        raise Refused("This webhook was deleted, so nothing can be sent to it.")
    webhook = _active(found.webhook) if found.webhook else None
    waiting = next((one for one in attempts_made if one.status == Delivery.Status.PENDING), None)
    if waiting is None:
        waiting = attempts.plan(attempts_made[-1], webhook, now(), found.uuid)
    elif waiting.claim is None:
        Delivery.objects.filter(pk=waiting.pk).update(at=now(), retry_of=found.uuid)
    enqueue(outbox.SEND)
    entry = audit.Entry(
        "webhook.retried",
        ("webhook", found.webhook_uuid),
        {"delivery": str(found.message), "event": found.event_name},
        environment=found.environment,
        note=found.webhook_name,
    )
    audit.record(actor, entry)
    return waiting


def _set(
    webhook: Webhook,
    errors: dict[str, list[str]],
    *,
    name: str,
    url: str,
    events: Sequence[str],
    description: str,
    is_active: bool,
) -> None:
    """Put the values in; what is wrong with them goes into `errors`."""
    name, url, description = clean_line(name), url.strip(), description.strip().replace("\x00", "")
    if not 1 <= len(name) <= 100:
        errors["name"] = ["Enter a name of 1 to 100 characters."]
    if not events:
        errors["events"] = ["Choose at least one event."]
    elif unknown := set(events) - set(EVENTS):
        errors["events"] = [f"There is no event “{sorted(unknown)[0][:60]}”."]
    if len(description) > DESCRIPTION_LENGTH:
        errors["description"] = [f"Enter at most {DESCRIPTION_LENGTH} characters."]
    if len(url) > URL_LENGTH:
        errors["url"] = [f"Enter an address of at most {URL_LENGTH} characters."]
    else:
        try:
            outbound.check(url)
        except outbound.Unsafe as problem:
            errors["url"] = [str(problem)]
    webhook.name, webhook.url, webhook.description, webhook.is_active = name, url, description, is_active
    webhook.events = in_order(set(events))


def _values(webhook: Webhook) -> dict[str, Any]:
    return {name: getattr(webhook, name) for name in ("name", "url", "events", "description", "is_active")}


def _locked(webhook: Webhook) -> Webhook:
    found = Webhook.objects.select_for_update().filter(pk=webhook.pk).first()
    if found is None:
        raise Refused("This webhook was deleted.")
    return found


def _active(webhook: Webhook) -> Webhook:
    if not webhook.is_active:
        raise Refused("This webhook is inactive. Activate it first.")
    return webhook


def _note(actor: Actor, webhook: Webhook, event: str, changes: dict[str, Any]) -> None:
    entry = audit.Entry(
        f"webhook.{event}", ("webhook", webhook.uuid), changes, environment=webhook.environment, note=webhook.name
    )
    audit.record(actor, entry)
