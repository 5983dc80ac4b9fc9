"""What the API posts back: random assignment that was queued, and devices that were ended from this side."""

from datetime import timedelta
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.licenses import activations, services, traces
from keyturn.licensing.licenses.models import Activation, License
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.models import Job
from keyturn.platform.webhooks import services as webhooks
from keyturn.platform.webhooks.models import Delivery
from tests.api.conftest import SDK, Answer, Api, Verifier
from tests.jobs import Work, work
from tests.receiver import local, receiver

__all__ = ["local", "receiver", "work"]
KEY = "KEY-AAAA-BBBB-CCCC"


def _received(receiver: Any, number: int = -1) -> Answer:
    _, headers, body = receiver.seen[number]
    assert headers["Content-Type"] == "application/json"
    return Answer(200, headers, body)


@pytest.fixture
def hook(receiver: Any, local: None) -> str:
    return f"http://127.0.0.1:{receiver.server_port}/hook"


@pytest.mark.spec("API-38")
def test_queued_assignment_posts_its_result(
    api: Api, receiver: Any, hook: str, work: Work, openssl: Verifier, public_pem: Any
) -> None:
    for number in range(2):
        api.license(f"K-{number}", status="available")
    given = {"product_id": api.product.pk, "owner_email": "new@example.com", "quantity": 2, "identifier": "order 7"}
    answer = api.post("random-assign-license-keys-queued", webhook_url=hook, **given)
    assert (answer.code, License.objects.filter(status="available").count()) == (807, 2)
    work()
    posted = _received(receiver)
    openssl.document(posted, public_pem(api.product))
    response = posted.json["response"]
    assert (response["code"], response["identifier"]) == (803, "order 7")
    assert [row["license_key"] for row in response["license_keys"]] == ["K-0", "K-1"]
    assert License.objects.filter(customer__email="new@example.com").count() == 2


@pytest.mark.spec("API-38")
def test_a_queued_assignment_tells_when_stock_is_short(api: Api, receiver: Any, hook: str, work: Work) -> None:
    api.license("K-0", status="available")
    given = {"product_uuid": str(api.product.uuid), "customer_email": "new@example.com", "quantity": 2}
    answer = api.post_json("random-assign-license-keys-queued", {**given, "webhook_url": hook}, agent=SDK)
    assert (answer.code, len(answer.json["job_id"])) == (807, 36)
    work()
    response = _received(receiver).json["response"]
    assert (response["code"], response["available_quantity"]) == (802, 1)
    assert License.objects.get().status == "available"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"product_id": "999999"}, 805, None),
        ({"generator_id": "999999"}, 806, None),
        ({"owner_email": "nobody"}, 901, "owner_email"),
        ({"quantity": "0"}, 901, "quantity"),
        ({"webhook_url": "ftp://example.com"}, 901, "webhook_url"),
    ],
)
@pytest.mark.spec("API-38")
def test_a_bad_order_is_refused_at_once(api: Api, given: dict[str, str], code: int, field: str | None) -> None:
    asked = {"product_id": str(api.product.pk), "owner_email": "a@example.com", **given}
    answer = api.post("random-assign-license-keys-queued", **asked)
    assert answer.code == code
    assert field is None or list(answer.json["response"]["errors"]) == [field]
    assert Job.objects.filter(kind="api.random_assign").count() == 0


def test_an_assignment_is_made_once_while_its_callback_is_tried_again(
    api: Api, receiver: Any, hook: str, work: Work
) -> None:
    api.license("K-0", status="available")
    given = {"product_id": api.product.pk, "owner_email": "a@example.com"}
    api.post("random-assign-license-keys-queued", webhook_url=hook.replace("hook", "503"), **given)
    work()
    assert len(receiver.seen) == 1
    with clock.fixed(clock.now() + timedelta(minutes=2)):
        work()
    assert len(receiver.seen) == 2
    assert receiver.seen[0][2] == receiver.seen[1][2]
    assert License.objects.get().status == "assigned"


def _activated(api: Api, hook: str) -> Activation:
    api.license()
    assert api.post("activate", license_key=KEY, identifier="pc", post_url=hook).code == 300
    return Activation.objects.get()


@pytest.mark.parametrize("way", ["end", "end_all", "revoke", "unassign"])
def test_a_device_ended_from_this_side_is_told(
    api: Api, owner: Actor, receiver: Any, hook: str, work: Work, openssl: Verifier, public_pem: Any, way: str
) -> None:
    device = _activated(api, hook)
    license = License.objects.get()
    if way == "end":
        activations.end(owner, device)
    elif way == "end_all":
        activations.end_all(owner, license)
    else:
        getattr(services, way)(owner, license)
    work()
    posted = _received(receiver)
    openssl.document(posted, public_pem(api.product))
    told = {name: posted.json["response"][name] for name in ("code", "license_key", "identifier")}
    assert told == {"code": 400, "license_key": KEY, "identifier": "pc"}


def test_a_program_that_ends_its_own_device_is_not_told(api: Api, receiver: Any, hook: str, work: Work) -> None:
    _activated(api, hook)
    assert api.post("deactivate", license_key=KEY, identifier="pc").code == 400
    work()
    assert receiver.seen == []


def test_a_private_address_is_never_called(api: Api, owner: Actor, receiver: Any, work: Work, settings: Any) -> None:
    settings.ALLOW_LOCAL_CALLS = False
    device = _activated(api, f"https://127.0.0.1:{receiver.server_port}/hook")
    activations.end(owner, device)
    work()
    assert receiver.seen == []
    refused = Delivery.objects.get(status="failed")
    assert refused.error.startswith("This host has an address inside a private network.")


@pytest.mark.spec("API-38", "WHK-10")
def test_callbacks_stand_among_the_deliveries(api: Api, owner: Actor, receiver: Any, hook: str, work: Work) -> None:
    activations.end(owner, _activated(api, hook.replace("hook", "503")))
    work()
    _, headers, body = receiver.seen[0]
    failed, waiting = Delivery.objects.order_by("pk")
    assert (failed.code, waiting.attempt, waiting.status) == (503, 2, "pending")
    assert headers["X-Webhook-Event"] == "callback.activation_ended"
    assert headers["X-Webhook-Delivery"] == str(failed.message)
    assert "X-Webhook-Signature" not in headers, "the document is signed itself"
    # Sent again by hand, after the address answers.
    Delivery.objects.update(url=hook)
    webhooks.retry(owner, failed)
    work()
    assert receiver.seen[1][2] == body
    assert list(Delivery.objects.order_by("pk").values_list("status", "attempt")) == [("failed", 1), ("success", 2)]


@pytest.mark.spec("WHK-10")
def test_a_callback_that_nobody_takes_is_told_of_after_five_attempts(
    api: Api, owner: Actor, receiver: Any, hook: str, work: Work
) -> None:
    activations.end(owner, _activated(api, hook.replace("hook", "503")))
    at = clock.now()
    for minutes in (0, 1, 6, 21, 81):
        with clock.fixed(at + timedelta(minutes=minutes, seconds=5)):
            work()
    assert list(Delivery.objects.order_by("pk").values_list("status", "attempt")) == [
        ("failed", number) for number in range(1, 6)
    ]
    assert AuditEvent.objects.get(action="webhook.failed").note == "API callback"


def test_the_address_of_a_callback_goes_with_the_customer(api: Api, owner: Actor, hook: str, work: Work) -> None:
    activations.end(owner, _activated(api, hook))
    work()
    customer = License.objects.get().customer
    assert customer is not None
    traces.forget(customer)
    assert Delivery.objects.get().url == ""
