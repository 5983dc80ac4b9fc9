"""One delivery as its page shows it: what was sent, with the keys cut short, and what came back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from keyturn.core.text import key_start
from keyturn.platform.webhooks import attempts, sealing
from keyturn.platform.webhooks.models import Delivery

_KEYS = ("license_key", "key")


@dataclass(frozen=True)
class DeliveryPage:
    """An attempt with everything that can be told of it."""

    delivery: Delivery

    @cached_property
    def payload(self) -> dict[str, Any]:
        """What is told; empty once its customer was deleted."""
        return sealing.payload(self.delivery.event)

    @cached_property
    def exchange(self) -> dict[str, Any]:
        """Headers and answer of an attempt that was made."""
        return sealing.exchange(self.delivery)

    @property
    def size(self) -> int:
        """Of what is sent, in bytes."""
        return len(attempts.body_of(self.delivery, self.payload))

    @property
    def body(self) -> str:
        """What is sent, laid out for reading; license keys by their first characters."""
        return self._masked(json.dumps(self._told, indent=2, ensure_ascii=False))

    @cached_property
    def _told(self) -> Any:
        told = json.loads(attempts.body_of(self.delivery, self.payload))
        if self.delivery.is_callback and "response_base64" in told:
            # The same once more, with the keys in full.
            told["response_base64"] = "…"
        return told

    @property
    def answer(self) -> str:
        """The start of the answer's body, as text."""
        return self._masked(str(self.exchange.get("body", "")))

    @property
    def most(self) -> int:
        """How often an event is tried by itself."""
        return attempts.MOST

    @cached_property
    def others(self) -> list[Delivery]:
        """Every attempt at this event and webhook, oldest first."""
        return list(Delivery.objects.filter(message=self.delivery.message).defer("sealed_exchange").order_by("pk"))

    @property
    def following(self) -> Delivery | None:
        """The attempt that waits for its time, if one does."""
        return next((one for one in self.others if one.status == "pending" and one.pk != self.delivery.pk), None)

    @property
    def may_retry(self) -> bool:
        """Whether it can be sent again by hand."""
        webhook = self.delivery.webhook
        reached = self.delivery.is_callback or (webhook is not None and webhook.is_active)
        return self.delivery.status == "failed" and reached and bool(self.payload)

    def _masked(self, text: str) -> str:
        for key in sorted(set(_keys(self._told)), key=len, reverse=True):
            text = text.replace(key, f"{key_start(key)}…")
        return text


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name in _KEYS and isinstance(part, str) and part:
                yield part
            else:
                yield from _keys(part)
    elif isinstance(value, list):
        for part in value:
            yield from _keys(part)
