"""The life of an attempt: waiting, taken by a worker, made. Each change is one short transaction."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from keyturn.access.actors import system
from keyturn.core.clock import now
from keyturn.core.outbound import Received
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.models import Job
from keyturn.platform.logs import writer
from keyturn.platform.logs.lines import INFO, WARNING, Line
from keyturn.platform.logs.models import Category
from keyturn.platform.webhooks import sealing, signing
from keyturn.platform.webhooks.models import CANCELLED, Delivery, Webhook

logger = logging.getLogger("keyturn.webhooks")
Status = Delivery.Status

# At once, then so long after the attempt before.
PAUSES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
MOST: Final = len(PAUSES) + 1
DISABLED_AFTER: Final = timedelta(days=5)

INACTIVE: Final = f"{CANCELLED}the webhook was deactivated before this was sent."
DELETED: Final = f"{CANCELLED}the webhook was deleted before this was sent."
ERASED: Final = f"{CANCELLED}it was about a customer who was deleted."


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt that was taken, ready to be posted."""

    delivery: Delivery
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a post: an answer, or why there is none."""

    received: Received | None
    error: str = ""


def free() -> int:
    """Free the attempts whose job has ended or died; how many. They may have been sent, and are sent again."""
    alive = Job.objects.filter(status=Job.Status.PROCESSING, claim__isnull=False).values("claim")
    lost = Delivery.objects.filter(status=Status.PENDING, claim__isnull=False).exclude(claim__in=alive)
    # Looking first keeps SQLite's write lock for those who need it.
    return lost.update(claim=None) if lost.exists() else 0


def take(claim: UUID, webhook: int | None, most: int) -> list[Request]:
    """Take up to `most` due attempts of a webhook, or of callbacks, oldest first; what must not go is cancelled."""
    with transaction.atomic():
        rows = Delivery.objects.due(now()).filter(webhook=webhook).order_by("at", "pk")
        taken = list(rows.select_for_update(skip_locked=True, of=("self",))[:most])
        ids = [row.pk for row in taken]
        Delivery.objects.filter(pk__in=ids).update(claim=claim)
    fresh = Delivery.objects.select_related("webhook", "event").filter(pk__in=ids).order_by("at", "pk")
    return [request for row in fresh if (request := _request(row)) is not None]


def _request(row: Delivery) -> Request | None:
    webhook, payload = row.webhook, sealing.payload(row.event)
    if not row.is_callback and (webhook is None or not webhook.is_active):
        _cancel([row.pk], DELETED if webhook is None else INACTIVE)
        return None
    if not payload:
        _cancel([row.pk], ERASED)
        return None
    body = body_of(row, payload)
    row.url, row.at = webhook.url if webhook else row.url, now()
    # The document of a callback is signed itself, with the key of the product.
    secret = sealing.secret(webhook) if webhook else ""
    stamp = int(row.at.timestamp())
    headers = signing.headers(secret, body, event=row.event_name, message=row.message, timestamp=stamp)
    return Request(row, body, headers)


def body_of(delivery: Delivery, payload: dict[str, object]) -> bytes:
    """The bytes that are sent, the same at each attempt."""
    if delivery.is_callback:
        return str(payload["document"]).encode()
    whole = {"event": delivery.event_name, "payload": payload, "webhook_id": str(delivery.webhook_uuid)}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


@transaction.atomic
def settle(request: Request, outcome: Outcome) -> None:
    """Record an attempt that was made, and plan the next one. Does nothing when it was given to another worker."""
    sent = request.delivery
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("webhook", "event")
    row = rows.filter(pk=sent.pk, claim=sent.claim, status=Status.PENDING).first()
    if row is None:
        return
    received = outcome.received
    accepted = received is not None and received.accepted
    row.status, row.url, row.at = Status.SUCCESS if accepted else Status.FAILED, sent.url, sent.at
    row.error = "" if accepted else _reason(outcome)[:300]
    row.claim = None
    exchange: dict[str, object] = {"request_headers": request.headers}
    if received is not None:
        row.code, row.millis = received.status, received.millis
        text = received.body.decode("utf-8", "replace")
        exchange |= {"headers": dict(received.headers), "body": text}
    row.sealed_exchange = sealing.seal_exchange(row.event, exchange)
    row.save()
    _log(row)
    webhook = row.webhook
    if webhook is None:
        if row.is_callback and not accepted:
            _go_on(row, None)
        return
    if accepted:
        Webhook.objects.filter(pk=webhook.pk, failing_since__isnull=False).update(failing_since=None)
        return
    Webhook.objects.filter(pk=webhook.pk, failing_since=None).update(failing_since=row.at)
    if webhook.is_active:
        _go_on(row, webhook)


def _log(row: Delivery) -> None:
    accepted = row.status == Status.SUCCESS
    line = Line(
        Category.WEBHOOKS,
        "webhook_sent",
        INFO if accepted else WARNING,
        "A webhook was told" if accepted else "A webhook could not be told",
        environment=row.environment,
        resource_kind="webhook",
        resource_id=str(row.webhook_uuid),
        user_kind="system",
        user_label="webhooks",
        context={
            "webhook": row.webhook_name,
            "event": row.event_name,
            "delivery": str(row.uuid),
            "attempt": row.attempt,
            "status": row.code,
            "milliseconds": row.millis,
            "error": row.error,
        },
    )
    writer.after_commit(line)


def _reason(outcome: Outcome) -> str:
    if outcome.received is None:
        return outcome.error
    status = outcome.received.status
    if 300 <= status < 400:
        return f"The receiver redirected ({status}). Redirects are not followed: enter the final address."
    return f"The receiver answered {status}."


def _go_on(row: Delivery, webhook: Webhook | None) -> None:
    if row.attempt < MOST:
        plan(row, webhook, now() + PAUSES[row.attempt - 1])
        return
    logger.error("webhook_failed %s %s: %s", row.event_name, row.message, row.error)
    entry = audit.Entry("webhook.failed", ("webhook", row.webhook_uuid), {"event": row.event_name, "code": row.code},
                        environment=row.environment, note=row.webhook_name)  # fmt: skip
    audit.record(system("webhooks"), entry)
    if webhook is None:
        return
    since = webhook.failing_since or row.at
    if now() - since >= DISABLED_AFTER and Webhook.objects.filter(pk=webhook.pk, is_active=True).update(
        is_active=False
    ):
        cancel_waiting(webhook, INACTIVE)
        entry = audit.Entry("webhook.disabled", ("webhook", webhook.uuid), {"is_active": [True, False]},
                            environment=row.environment, note=webhook.name)  # fmt: skip
        audit.record(system("webhooks"), entry)


def plan(row: Delivery, webhook: Webhook | None, at: datetime, retry_of: UUID | None = None) -> Delivery:
    """The next attempt at what `row` told; without a webhook it is a callback."""
    return Delivery.objects.create(
        message=row.message,
        event_id=row.event_id,
        event_name=row.event_name,
        environment=row.environment,
        webhook=webhook,
        webhook_uuid=row.webhook_uuid,
        webhook_name=webhook.name if webhook else row.webhook_name,
        url=webhook.url if webhook else row.url,
        attempt=row.attempt + 1,
        retry_of=retry_of,
        at=at,
    )


def cancel_waiting(webhook: Webhook, why: str) -> None:
    """Give up what waits for a webhook. What is being sent right now still records what came of it."""
    ids = Delivery.objects.waiting().filter(webhook=webhook).values_list("pk", flat=True)
    _cancel(list(ids), why)


def _cancel(ids: list[int], why: str) -> None:
    rows = Delivery.objects.filter(pk__in=ids, status=Status.PENDING)
    rows.update(status=Status.FAILED, error=why, at=now(), claim=None)
