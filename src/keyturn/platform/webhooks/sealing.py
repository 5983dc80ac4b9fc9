"""Payloads, answers and secrets at rest."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from keyturn.core import crypto
from keyturn.platform.audit import services as audit
from keyturn.platform.webhooks.models import Delivery, Event, Webhook


def seal_many(things: Sequence[tuple[UUID | None, Mapping[str, Any]]]) -> list[str]:
    """(customer, payload) pairs as they are stored; the keys of the customers are read at once."""
    own = iter(audit.seal_many([(owner, value) for owner, value in things if owner]))
    return [next(own) if owner else crypto.seal(_json(value)) for owner, value in things]


def payload(event: Event) -> dict[str, Any]:
    """What is told of an event; empty once its customer was erased."""
    return _open(event.customer, event.sealed_payload)


def seal_exchange(event: Event, exchange: Mapping[str, Any]) -> str:
    """Headers and answer of an attempt, beside what was sent; empty once the customer was erased."""
    if event.customer and not payload(event):
        return ""
    return seal_many([(event.customer, exchange)])[0]


def exchange(delivery: Delivery) -> dict[str, Any]:
    """Headers and answer of an attempt that was made: request_headers, headers, body."""
    return _open(delivery.event.customer, delivery.sealed_exchange) if delivery.sealed_exchange else {}


def secret(webhook: Webhook) -> str:
    """What signs for a webhook."""
    return crypto.unseal(webhook.sealed_secret).decode()


def _open(customer: UUID | None, sealed: str) -> dict[str, Any]:
    if customer:
        return audit.unseal(customer, sealed)
    opened: dict[str, Any] = json.loads(crypto.unseal(sealed))
    return opened


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":")).encode()
