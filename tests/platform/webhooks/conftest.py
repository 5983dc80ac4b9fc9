"""A receiver on loopback and webhooks that point at it."""

from collections.abc import Callable
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.platform.webhooks import services
from keyturn.platform.webhooks.catalog import EVENTS
from keyturn.platform.webhooks.models import Webhook
from tests.licensing.conftest import generator, license_in, product
from tests.receiver import local, receiver

__all__ = ["generator", "license_in", "local", "product", "receiver"]
WebhookTo = Callable[..., Webhook]


@pytest.fixture
def webhook_to(owner: Actor, receiver: Any, local: None) -> WebhookTo:
    """A webhook to a path of the receiver; of every event unless `events` are named."""

    def make(path: str = "/hook", *events: str, environment: str = "production", name: str = "Shop") -> Webhook:
        url = f"http://127.0.0.1:{receiver.server_port}{path}"
        return services.create(owner, name=name, url=url, environment=environment, events=events or EVENTS)

    return make
