"""/healthz, /readyz and /metrics in front of the application, and what is counted behind them."""

import json
import time
from collections.abc import Iterable
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from tests.installation import Installation

from keyturn.config import probes, readiness
from keyturn.config.observed import Observed

REQUESTS = 12
Answer = tuple[int, dict[str, str], bytes]


def ask(path: str, **environ: Any) -> Answer:
    """A WSGI request from this machine."""
    seen: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], error: object = None) -> None:
        seen.update(status=int(status[:3]), headers=dict(headers))

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1", **environ}
    body = b"".join(Observed(nobody, lines=True)(environ, start))
    return seen["status"], seen["headers"], body


def nobody(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [("X-Peer", environ.get("HTTP_X_FORWARDED_FOR", "none"))])
    return [b""]


def figures(body: bytes) -> dict[str, float]:
    """Every sample by name and labels; fails when the text is no OpenMetrics."""
    return {
        f"{sample.name}{json.dumps(sample.labels, sort_keys=True)}": sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_latest", (-10.0, []))


def test_alive_asks_no_database() -> None:
    """Without the mark django_db a query would fail."""
    status, _, body = ask("/healthz")
    assert (status, json.loads(body)) == (200, {"status": "ok"})


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_ready_names_what_fails_and_tells_no_secret(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = {"NAME": str(tmp_path / "lost.sqlite3"), "HOST": "127.0.0.1", "PORT": "1"}
    settings.DATABASES = {"default": settings.DATABASES["default"] | elsewhere}
    settings.DATA_DIR = tmp_path / "missing"
    fresh(monkeypatch)
    status, _, body = ask("/readyz")
    assert status == 503
    assert json.loads(body) == {"status": "unavailable", "failed": ["secrets", "storage", "database", "migrations"]}
    assert list(tmp_path.iterdir()) == [], "looking makes no empty database"
    settings.DATA_DIR = tmp_path
    assert b"storage" in ask("/readyz")[2], "asked again at most once a second"
    fresh(monkeypatch)
    assert b"storage" not in ask("/readyz")[2]


def test_metrics_are_for_this_machine_or_the_token(settings: Any) -> None:
    assert ask("/metrics", REMOTE_ADDR="192.0.2.1")[0] == 403
    assert ask("/metrics", HTTP_X_FORWARDED_FOR="192.0.2.1")[0] == 403, "a proxy on this machine speaks for others"
    settings.METRICS_TOKEN = "s3cret"
    assert ask("/metrics")[0] == 403
    assert ask("/metrics", HTTP_AUTHORIZATION="Bearer wrong")[0] == 403


@pytest.mark.django_db
def test_metrics_are_openmetrics_and_count_by_pattern(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # The test's transaction is on the one connection there is.
    monkeypatch.setattr(probes, "close_old_connections", lambda: None)
    settings.METRICS_TOKEN = "s3cret"
    name = 'keyturn_http_requests_total{"method": "GET", "route": "%s", "status": "%d"}'
    token = {"HTTP_AUTHORIZATION": "Bearer s3cret", "REMOTE_ADDR": "192.0.2.1"}
    before = figures(ask("/metrics", **token)[2])
    ask("/somebody@example.com")
    status, headers, body = ask("/metrics", **token)
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "application/openmetrics-text")
    after = figures(body)
    assert after[name % ("unmatched", 200)] == before.get(name % ("unmatched", 200), 0) + 1
    assert b"somebody" not in body
    assert after["keyturn_database_up{}"] == 1
    assert after["keyturn_workers{}"] == 0


def test_forwarding_headers_count_only_from_proxies(settings: Any) -> None:
    forwarded = {"HTTP_X_FORWARDED_FOR": "192.0.2.1"}
    assert ask("/", **forwarded)[1]["X-Peer"] == "none", "no proxy is configured"
    settings.TRUSTED_PROXIES = 1
    assert ask("/", **forwarded)[1]["X-Peer"] == "192.0.2.1"
    assert ask("/", **forwarded, REMOTE_ADDR="203.0.113.9")[1]["X-Peer"] == "none", "not from a proxy's address"
    settings.PROXY_NETWORKS = ["203.0.113.0/24"]
    assert ask("/", **forwarded, REMOTE_ADDR="203.0.113.9")[1]["X-Peer"] == "192.0.2.1"


def test_a_served_installation(installation: Installation) -> None:
    """Two processes count together, the log holds JSON alone, and a lost key file takes the server out of service."""
    with installation.serve("web", KEYTURN_LOG_FORMAT="json") as web:
        for number in range(REQUESTS):
            with pytest.raises(HTTPError, match="401"):
                urlopen(
                    Request(web.url + "/api/v1/verify", b"license_key=SECRET-KEY-1", {"X-Request-Id": f"r{number}"})
                )
        with pytest.raises(HTTPError, match="404"):
            get(web.url + "/somebody@example.com")
        assert get(web.url + "/customer/login").status == 200
        assert get(web.url + "/readyz").status == 200
        seen = figures(get(web.url + "/metrics").read())
        assert seen['keyturn_api_verdicts_total{"code": "100", "endpoint": "verify"}'] == REQUESTS
        assert seen['keyturn_http_request_duration_seconds_count{"route": "api/v1/verify"}'] == REQUESTS
        assert seen['keyturn_http_requests_total{"method": "GET", "route": "unmatched", "status": "404"}'] == 1
        assert seen['keyturn_http_requests_total{"method": "GET", "route": "customer/login", "status": "200"}'] == 1
        lines = [json.loads(line) for line in web.log.splitlines()]
        said = [line for line in lines if line.get("route") == "api/v1/verify"]
        assert {line["request_id"] for line in said} == {f"r{number}" for number in range(REQUESTS)}
        assert {(line["method"], line["status"], line["level"]) for line in said} == {("POST", 401, "info")}
        assert "SECRET-KEY" not in web.log
        assert "somebody@" not in web.log
        (installation.folder / "secret_key.txt").rename(installation.folder / "elsewhere")
        wait_for_status(web.url + "/readyz", 503)


def get(url: str) -> HTTPResponse:
    answer: HTTPResponse = urlopen(url)
    return answer


def wait_for_status(url: str, wanted: int) -> None:
    """Ask until a process has looked anew."""
    deadline = time.monotonic() + 20
    status = 0
    while status != wanted:
        assert time.monotonic() < deadline, status
        try:
            status = get(url).status
        except HTTPError as error:
            status = error.code
