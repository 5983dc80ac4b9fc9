"""What the client makes of a network that fails: which calls it repeats, and what it never believes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from keyturn_client import Cause, Client, PublicKeys, Retry, Unreachable
from tests.client.test_live import FOREIGN

Handler = Callable[[httpx.Request], httpx.Response]


class Network:
    """A network that answers as scripted, and remembers what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []

    def client(self, *script: int | Exception | httpx.Response, **more: Any) -> Client:
        answers = iter(script)

        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            step = next(answers)
            if isinstance(step, Exception):
                raise step
            return step if isinstance(step, httpx.Response) else httpx.Response(step, text="<html>")

        return Client(
            "https://licenses.example.com/",
            api_key="kt_live_x",
            product="0197a1c0-0000-7000-8000-000000000000",
            public_keys=PublicKeys.from_pem(FOREIGN),
            app="com.example.editor",
            identifier="pc",
            state_folder=self.folder,
            transport=httpx.MockTransport(answer),
            sleep=self.slept.append,
            **more,
        )


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path)


def test_a_failing_network_is_asked_again_with_random_pauses(network: Network) -> None:
    client = network.client(httpx.ConnectError("refused"), 503, httpx.ReadTimeout("slow"))
    found = client.verify("KEY")
    assert found == Unreachable(Cause.NETWORK, "ReadTimeout: slow")
    assert [str(request.url) for request in network.asked] == ["https://licenses.example.com/api/v1/verify"] * 3
    assert len(network.slept) == 2
    assert all(0 <= pause <= bound for pause, bound in zip(network.slept, (0.5, 1.0), strict=True))


def test_a_repeated_activation_is_the_same_one(network: Network) -> None:
    network.client(502, 502, 502).activate("KEY")
    assert len({request.headers["Idempotency-Key"] for request in network.asked}) == 1
    network.client(502, 502, 502).activate("KEY")
    assert len({request.headers["Idempotency-Key"] for request in network.asked}) == 2
    network.asked.clear()
    network.client(200).verify("KEY")
    assert "Idempotency-Key" not in network.asked[0].headers


def test_a_busy_server_is_given_the_time_it_asks_for(network: Network) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "2"}, json={})
    assert network.client(busy, busy, busy).verify("KEY") == Unreachable(
        Cause.BUSY, "The server answered with status 429.", 2.0
    )
    assert network.slept == [2.0, 2.0]
    long = httpx.Response(429, headers={"Retry-After": "60"}, json={})
    found = network.client(long).verify("KEY")
    assert isinstance(found, Unreachable)
    assert found.retry_after == 60


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (httpx.Response(200, text="<html>Welcome to the airport</html>"), Cause.SERVER),
        (httpx.Response(200, json=[]), Cause.SERVER),
        (httpx.Response(302, headers={"Location": "https://login.example.com"}), Cause.SERVER),
        (httpx.Response(404, json={"error": {"code": "NOT_FOUND"}}), Cause.SERVER),
        (httpx.Response(200, json={"response": {"code": 200}}), Cause.UNTRUSTED),
        (httpx.Response(200, json={"response_base64": "e30=", "signature": "Private key not set"}), Cause.UNTRUSTED),
        (httpx.Response(200, json={"response_base64": "e30=", "signature": "AAAA"}), Cause.UNTRUSTED),
        (httpx.Response(403, json={"response": {"code": 150, "message": "Access denied"}}), Cause.NOT_ACCEPTED),
    ],
)
def test_what_is_no_signed_answer_is_neither_repeated_nor_believed(
    network: Network, answer: httpx.Response, cause: Cause
) -> None:
    found = network.client(answer).verify("KEY")
    assert isinstance(found, Unreachable)
    assert found.cause == cause
    assert (len(network.asked), network.slept) == (1, [])


@pytest.mark.spec("OFF-41")
def test_the_timeout_counts_for_all_attempts(network: Network) -> None:
    client = network.client(503, timeout=0.1, retry=Retry(attempts=9, first=4, longest=8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keyturn_client.retry.random.uniform", lambda low, high: high)
        assert isinstance(client.verify("KEY"), Unreachable)
    assert (len(network.asked), network.slept) == (1, [])
    assert network.client(200)._options.timeout == 30
    assert network.client(200)._options.cache.total_seconds() == 300


def test_keys_must_be_good_for_licenses() -> None:
    with pytest.raises(ValueError, match="at least one"):
        PublicKeys.from_pem("")
    with pytest.raises(ValueError, match="damaged"):
        PublicKeys.from_jwks({"keys": [{"kty": "RSA"}]})
    with pytest.raises(ValueError, match="too short"):
        PublicKeys.from_jwks({"keys": [{"kty": "RSA", "n": "s" * 171, "e": "AQAB"}]})
    with pytest.raises(ValueError, match="at least one"):
        PublicKeys.from_jwks('{"keys": [{"kty": "EC", "crv": "P-256"}]}')
