"""Requests that carry an idempotency key are done once."""

from datetime import timedelta
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock, crypto
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import Activation, License
from keyturn.people.apikeys.idempotency import KEPT
from keyturn.people.apikeys.models import ApiKey, StoredAnswer
from keyturn.people.apikeys.tasks import forget_answers
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.logs.models import RequestLog
from tests.api.conftest import JS, Api, Verifier
from tests.jobs import Work

KEY = "KEY-AAAA-BBBB-CCCC"


@pytest.fixture
def generator(api: Api, owner: Actor) -> Generator:
    return generators.create(owner, product=api.product, name="Standard")


@pytest.mark.spec("API-24", "LCY-22")
def test_a_repeated_request_gets_the_same_bytes_and_does_nothing(
    api: Api, generator: Generator, openssl: Verifier, public_pem: Any
) -> None:
    given = {"generator_id": generator.pk, "quantity": 2}
    first = api.post_json("generate", given, IDEMPOTENCY_KEY="order-1")
    again = api.post_json("generate", dict(reversed(given.items())), IDEMPOTENCY_KEY="order-1")
    assert (again.status, again.body) == (200, first.body)
    openssl.document(again, public_pem(api.product))
    assert License.objects.count() == 2
    assert RequestLog.objects.filter(endpoint="generate", code=815).count() == 2


@pytest.mark.parametrize("name", ["idempotency_key", "idempotencyKey"])
@pytest.mark.spec("API-24")
def test_the_body_may_carry_the_key(api: Api, generator: Generator, name: str) -> None:
    given: dict[str, Any] = {"generator_id": generator.pk, "quantity": 1, name: "order-1"}
    assert api.post("generate", **given).body == api.post_json("generate", given, IDEMPOTENCY_KEY="order-1").body
    assert License.objects.count() == 1


@pytest.mark.spec("API-24", "API-28")
def test_a_first_activation_is_repeated_as_such(api: Api, openssl: Verifier, public_pem: Any) -> None:
    api.license()
    given = {"license_key": KEY, "hardwareId": "pc"}
    first = api.post_json("activate", given, agent=JS, IDEMPOTENCY_KEY="a")
    again = api.post_json("activate", given, agent=JS, IDEMPOTENCY_KEY="a")
    assert (first.code, again.body) == (300, first.body)
    openssl.sdk(again, public_pem(api.product))
    assert Activation.objects.filter(status="active").count() == 1
    assert api.post_json("activate", given, agent=JS, IDEMPOTENCY_KEY="b").code == 301
    assert api.post_json("deactivate", given, agent=JS, IDEMPOTENCY_KEY="a").code == 400
    assert api.post_json("deactivate", given, agent=JS, IDEMPOTENCY_KEY="a").code == 400
    assert Activation.objects.filter(status="active").count() == 0
    assert RequestLog.objects.filter(endpoint="activate").count() == 3


@pytest.mark.parametrize("endpoint", ["generate", "activate"])
@pytest.mark.spec("API-24")
def test_another_payload_is_refused(api: Api, generator: Generator, endpoint: str) -> None:
    api.license(activation_limit=5)
    given = {"generate": {"generator_id": generator.pk, "quantity": 1}, "activate": {"license_key": KEY, "hwid": "a"}}
    other = {"generate": {"generator_id": generator.pk, "quantity": 2}, "activate": {"license_key": KEY, "hwid": "b"}}
    first = api.post_json(endpoint, given[endpoint], IDEMPOTENCY_KEY="x")
    count = License.objects.count()
    refused = api.post_json(endpoint, other[endpoint], IDEMPOTENCY_KEY="x")
    assert (refused.status, refused.code) == (409, 160)
    assert refused.json["response"]["message"] == "Idempotency key reused with a different payload"
    assert (License.objects.count(), Activation.objects.filter(identifier="b").count()) == (count, 0)
    assert api.post_json(endpoint, given[endpoint], IDEMPOTENCY_KEY="x").body == first.body


@pytest.mark.spec("API-24")
def test_keys_are_apart_by_endpoint_and_api_key(api: Api, generator: Generator) -> None:
    given = {"generator_id": generator.pk, "quantity": 1}
    api.post_json("generate", given, IDEMPOTENCY_KEY="x")
    other = "kt_live_" + "o" * 40
    row = ApiKey.objects.get()
    row.pk, row.uuid, row.key_hash = None, uuid7(), crypto.token_hash(other)
    row.save()
    assert api.post_json("generate", given, IDEMPOTENCY_KEY="x", AUTHORIZATION=f"Bearer {other}").code == 815
    assert License.objects.count() == 2


@pytest.mark.spec("API-24")
def test_refusals_that_pass_are_not_kept(api: Api, generator: Generator) -> None:
    given = {"generator_id": generator.pk, "quantity": 1}
    ApiKey.objects.update(is_active=False)
    assert api.post_json("generate", given, IDEMPOTENCY_KEY="x").code == 101
    assert api.post_json("activate", {"license_key": KEY, "hwid": "a"}, IDEMPOTENCY_KEY="x").code == 101
    ApiKey.objects.update(is_active=True)
    assert api.post_json("generate", given, IDEMPOTENCY_KEY="x").code == 815


@pytest.mark.spec("API-24")
def test_a_day_later_the_key_is_new(api: Api, generator: Generator, work: Work) -> None:
    given = {"generator_id": generator.pk, "quantity": 1}
    api.post_json("generate", given, IDEMPOTENCY_KEY="x")
    with clock.fixed(now() + KEPT + timedelta(seconds=1)):
        assert api.post_json("generate", given, IDEMPOTENCY_KEY="x").code == 815
        assert (License.objects.count(), StoredAnswer.objects.count()) == (2, 1)
    with clock.fixed(now() + 2 * KEPT + timedelta(minutes=1)):
        enqueue(forget_answers)
        work()
    assert StoredAnswer.objects.count() == 0


def test_stored_answers_are_sealed(api: Api, generator: Generator) -> None:
    api.post_json("generate", {"generator_id": generator.pk, "quantity": 1}, IDEMPOTENCY_KEY="x")
    key = License.objects.get().license_key
    assert key not in StoredAnswer.objects.get().sealed_body


def test_too_long_a_key_is_refused(api: Api) -> None:
    answer = api.post_json("generate", {}, IDEMPOTENCY_KEY="x" * 256)
    assert (answer.status, answer.json["error"]["code"]) == (400, "BAD_REQUEST")
