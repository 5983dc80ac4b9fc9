"""A webhook with deliveries of the last days. It is off: a demo calls nobody."""

from datetime import datetime, timedelta
from typing import Final

from keyturn.access.scope import Environment
from keyturn.core import clock, crypto
from keyturn.licensing.licenses.models import License
from keyturn.platform.webhooks import attempts, entities, sealing, signing
from keyturn.platform.webhooks.catalog import EVENTS
from keyturn.platform.webhooks.models import Delivery, Event, Webhook

_URL: Final = "https://shop.demo.example/hooks/licenses"
_HOURS: Final = (1, 3, 5, 9, 14, 26, 30, 47)
# Which of them found the shop busy, and what it answered.
_BUSY: Final = {3: "The receiver answered 503.", 6: "No answer within 10 seconds."}


def tell() -> None:
    """Make the webhook, and what it was told of the newest licenses."""
    secret = signing.new_secret()
    events = [name for name in EVENTS if name.startswith(("license.", "activation."))]
    webhook = Webhook.objects.create(
        environment=Environment.PRODUCTION,
        name="Web shop",
        url=_URL,
        events=events,
        description="Books sales and renewals.",
        is_active=False,
        sealed_secret=crypto.seal(secret.encode()),
        created_at=clock.now() - timedelta(days=90),
    )
    newest = License.objects.filter(customer__isnull=False, environment=Environment.PRODUCTION).order_by("-pk")
    for number, license in enumerate(reversed(newest[: len(_HOURS)])):
        _deliver(webhook, secret, license, number, clock.now() - timedelta(hours=_HOURS[-1 - number]))


def _deliver(webhook: Webhook, secret: str, license: License, number: int, at: datetime) -> None:
    shown = entities.read("license", [license.uuid])[license.uuid]
    payload = {**shown.members, "actor": {"type": "admin", "id": None}, "occurred_at": at.isoformat()}
    event = Event(name="license.assigned", environment=webhook.environment, customer=shown.customer, at=at)
    event.sealed_payload = sealing.seal_many([(shown.customer, payload)])[0]
    event.save()
    first = Delivery(
        event=event,
        event_name=event.name,
        environment=event.environment,
        webhook=webhook,
        webhook_uuid=webhook.uuid,
        webhook_name=webhook.name,
        url=webhook.url,
    )
    error = _BUSY.get(number, "")
    _answered(first, event, secret, at, error)
    if error:
        again = attempts.plan(first, webhook, at)
        _answered(again, event, secret, at + timedelta(minutes=1), "")


def _answered(delivery: Delivery, event: Event, secret: str, at: datetime, error: str) -> None:
    body = attempts.body_of(delivery, sealing.payload(event))
    stamp = int(at.timestamp())
    sent = signing.headers(secret, body, event=event.name, message=delivery.message, timestamp=stamp)
    exchange: dict[str, object] = {"request_headers": sent}
    delivery.status, delivery.at, delivery.error = (
        Delivery.Status.FAILED if error else Delivery.Status.SUCCESS,
        at,
        error,
    )
    if not error or "503" in error:
        delivery.code, delivery.millis = (503, 41) if error else (200, 80 + stamp % 90)
        answer = "Service Unavailable" if error else '{"ok": true}'
        exchange |= {"headers": {"Content-Type": "application/json", "Server": "nginx"}, "body": answer}
    delivery.sealed_exchange = sealing.seal_exchange(event, exchange)
    delivery.save()
