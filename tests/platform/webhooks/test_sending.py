"""Sending to a real receiver: signatures that a stock library accepts, failures, retries, and what stops them."""

import hashlib
import hmac
import json
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook as StockVerifier
from standardwebhooks.webhooks import WebhookVerificationError

from keyturn.access.actors import Actor
from keyturn.core import clock, outbound
from keyturn.core.errors import Refused
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.webhooks import sealing
from keyturn.platform.webhooks import services as webhooks
from keyturn.platform.webhooks.models import Delivery, Webhook
from tests.jobs import Work
from tests.platform.webhooks.conftest import WebhookTo

pytestmark = pytest.mark.django_db
MINUTES = (0, 1, 5, 15, 60)


def _rows() -> list[tuple[int, str]]:
    return list(Delivery.objects.order_by("pk").values_list("attempt", "status"))


def _send(owner: Actor, generator: Generator, work: Work, quantity: int = 1) -> None:
    services.generate(owner, generator, quantity)
    work()


@pytest.mark.spec("WHK-07", "WHK-08")
def test_a_delivery_is_signed_twice(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, receiver: Any, work: Work
) -> None:
    webhook = webhook_to("/hook", "license.created")
    _send(owner, generator, work)
    (path, headers, body), delivery = receiver.seen[0], Delivery.objects.get()
    told = json.loads(body)
    assert (path, headers["Content-Type"], set(told)) == (
        "/hook",
        "application/json",
        {"event", "payload", "webhook_id"},
    )
    assert (told["event"], UUID(told["webhook_id"])) == ("license.created", webhook.uuid)
    assert (headers["X-Webhook-Event"], headers["X-Webhook-Delivery"]) == ("license.created", str(delivery.message))
    secret = sealing.secret(webhook)
    assert headers["X-Webhook-Signature"] == "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert StockVerifier(secret).verify(body, headers) == told
    with pytest.raises(WebhookVerificationError):
        StockVerifier(secret).verify(body.replace(b"created", b"updated"), headers)
    assert (delivery.status, delivery.code, delivery.error) == ("success", 200, "")
    assert delivery.millis is not None
    assert "PRO-" not in json.dumps(
        list(AuditEvent.objects.filter(action__startswith="webhook").values("changes", "note"))
    )


@pytest.mark.spec("WHK-10", "WHK-11", "WHK-13")
def test_five_attempts_on_the_fixed_schedule(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, receiver: Any, work: Work
) -> None:
    webhook = webhook_to("/503", "license.created")
    moment = clock.now()
    with clock.fixed(moment):
        _send(owner, generator, work)
    webhooks.renew_secret(owner, webhook)
    for number, pause in enumerate(MINUTES[1:], 2):
        with clock.fixed(moment + timedelta(minutes=pause, seconds=-1)):
            work()
        assert len(receiver.seen) == number - 1
        moment += timedelta(minutes=pause)
        with clock.fixed(moment):
            work()
        assert len(receiver.seen) == number
    with clock.fixed(moment + timedelta(days=1)):
        assert work() <= 1
    assert _rows() == [(number, "failed") for number in range(1, 6)]
    assert len({body for _, _, body in receiver.seen}) == 1
    assert len({headers["webhook-id"] for _, headers, _ in receiver.seen}) == 1
    fresh = sealing.secret(Webhook.objects.get())
    with clock.fixed(moment):
        _, headers, body = receiver.seen[-1]
        assert headers["X-Webhook-Signature"].endswith(hmac.new(fresh.encode(), body, hashlib.sha256).hexdigest())
    alarm = AuditEvent.objects.get(action="webhook.failed")
    assert (alarm.changes["event"], alarm.note) == ("license.created", "Shop")


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("/500", 500, "answered 500"),
        ("/404", 404, "answered 404"),
        ("/302", 302, "Redirects are not followed"),
        ("/slow", None, "No answer within"),
        ("/drip", None, "No answer within"),
    ],
)
@pytest.mark.spec("WHK-04", "WHK-09")
def test_everything_but_2xx_is_a_failure(
    owner: Actor,
    webhook_to: WebhookTo,
    generator: Generator,
    receiver: Any,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    code: int | None,
    text: str,
) -> None:
    if code is None:
        monkeypatch.setattr(outbound, "PATIENCE", 0.4)
    webhook_to(path, "license.created")
    _send(owner, generator, work)
    first = Delivery.objects.earliest("pk")
    assert (first.status, first.code) == ("failed", code)
    assert text in first.error
    assert [seen for seen, _, _ in receiver.seen] == [path]


@pytest.mark.parametrize("path", ["/201", "/204", "/299"])
@pytest.mark.spec("WHK-09")
def test_any_2xx_is_a_success(owner: Actor, webhook_to: WebhookTo, generator: Generator, work: Work, path: str) -> None:
    webhook_to(path, "license.created")
    _send(owner, generator, work)
    assert _rows() == [(1, "success")]


@pytest.mark.spec("WHK-04")
def test_an_address_that_became_private_is_not_called(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, receiver: Any, work: Work, settings: Any
) -> None:
    webhook = webhook_to("/hook", "license.created")
    Webhook.objects.filter(pk=webhook.pk).update(url=f"https://localhost:{receiver.server_port}/")
    settings.ALLOW_LOCAL_CALLS = False
    _send(owner, generator, work)
    assert receiver.seen == []
    assert "private network" in Delivery.objects.earliest("pk").error


@pytest.mark.spec("WHK-05", "WHK-11")
@pytest.mark.parametrize("way", ["off", "delete", "edit"])
def test_turning_a_webhook_off_cancels_what_waits(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, receiver: Any, work: Work, way: str
) -> None:
    webhook = webhook_to("/500", "license.created")
    _send(owner, generator, work)
    if way == "off":
        webhooks.set_active(owner, webhook, False)
    elif way == "delete":
        webhooks.delete(owner, webhook)
    else:
        values = {"name": "Shop", "url": webhook.url, "events": webhook.events, "description": "", "is_active": False}
        webhooks.update(owner, webhook, **values)
    with clock.fixed(clock.now() + timedelta(hours=2)):
        work()
    assert len(receiver.seen) == 1
    last = Delivery.objects.latest("pk")
    assert (last.status, last.error[:9], last.webhook_name) == ("failed", "Cancelled", "Shop")


@pytest.mark.spec("WHK-12")
def test_a_retry_by_hand_is_a_new_attempt(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, receiver: Any, work: Work
) -> None:
    webhook = webhook_to("/500", "license.created")
    _send(owner, generator, work)
    failed = Delivery.objects.earliest("pk")
    before = Delivery.objects.filter(pk=failed.pk).values().get()
    Webhook.objects.filter(pk=webhook.pk).update(url=webhook.url.replace("/500", "/hook"))
    again = webhooks.retry(owner, failed)
    work()
    assert _rows() == [(1, "failed"), (2, "success")]
    assert Delivery.objects.filter(pk=failed.pk).values().get() == before
    again.refresh_from_db()
    assert (again.retry_of, again.message) == (failed.uuid, failed.message)
    assert receiver.seen[0][2] == receiver.seen[1][2]
    with pytest.raises(Refused, match="Only a failed"):
        webhooks.retry(owner, again)
    webhooks.set_active(owner, webhook, False)
    with pytest.raises(Refused, match="inactive"):
        webhooks.retry(owner, failed)
    webhooks.delete(owner, webhook)
    failed.refresh_from_db()
    with pytest.raises(Refused, match="deleted"):
        webhooks.retry(owner, failed)


def test_a_sixth_attempt_is_made_by_hand_alone(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, work: Work
) -> None:
    webhook_to("/500", "license.created")
    _send(owner, generator, work)
    Delivery.objects.update(attempt=5)
    Delivery.objects.filter(status="pending").delete()
    webhooks.retry(owner, Delivery.objects.get())
    work()
    assert _rows() == [(5, "failed"), (6, "failed")]


def test_one_that_hangs_holds_up_nobody_else(
    owner: Actor,
    webhook_to: WebhookTo,
    generator: Generator,
    receiver: Any,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound, "PATIENCE", 0.5)
    webhook_to("/slow", "license.created", name="Slow")
    webhook_to("/hook", "license.created", name="Quick")
    services.generate(owner, generator, 12)
    work()
    assert Counter(path for path, _, _ in receiver.seen) == {"/slow": 12, "/hook": 12}
    assert [path for path, _, _ in receiver.seen].index("/hook") < 8


def test_what_comes_due_while_somebody_is_slow_is_not_kept_waiting(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, receiver: Any, work: Work
) -> None:
    webhook_to("/slow", "license.created", name="Slow")
    webhook_to("/hook", "license.created", name="Quick")
    services.generate(owner, generator, 1)
    Delivery.objects.filter(webhook_name="Quick").update(at=clock.now() + timedelta(seconds=0.2))
    work()
    slow, quick = Delivery.objects.get(webhook_name="Slow"), Delivery.objects.get(webhook_name="Quick")
    assert (slow.status, quick.status) == ("success", "success")
    assert (quick.at - slow.at).total_seconds() < 0.75


def test_a_receiver_that_is_dead_for_days_is_turned_off(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, receiver: Any, work: Work
) -> None:
    webhook = webhook_to("/500", "license.created")
    _send(owner, generator, work)
    Delivery.objects.filter(status="pending").update(attempt=5)
    with clock.fixed(clock.now() + timedelta(days=4)):
        work()
    webhook.refresh_from_db()
    assert webhook.is_active
    with clock.fixed(clock.now() + timedelta(days=6)):
        _send(owner, generator, work)
        Delivery.objects.filter(status="pending").update(attempt=5, at=clock.now())
        webhooks.retry(owner, Delivery.objects.filter(status="failed").latest("pk"))
        work()
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert AuditEvent.objects.get(action="webhook.disabled").actor_kind == "system"
    webhooks.set_active(owner, webhook, True)
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_a_success_ends_the_count_of_days(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, work: Work
) -> None:
    webhook = webhook_to("/500", "license.created")
    _send(owner, generator, work)
    webhook.refresh_from_db()
    assert webhook.failing_since is not None
    Webhook.objects.filter(pk=webhook.pk).update(url=webhook.url.replace("/500", "/hook"))
    _send(owner, generator, work)
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_a_test_reaches_its_webhook_alone(owner: Actor, webhook_to: WebhookTo, receiver: Any, work: Work) -> None:
    webhook = webhook_to("/one")
    webhook_to("/two", name="Other")
    webhooks.test(owner, webhook)
    work()
    ((path, headers, body),) = receiver.seen
    assert (path, json.loads(body)["event"], headers["X-Webhook-Event"]) == ("/one", "webhook.test", "webhook.test")
