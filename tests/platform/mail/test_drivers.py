"""The other ways out: sendmail as a program, Mailgun and SES as web servers on this machine."""

import json
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from keyturn.platform.mail import providers, transports
from keyturn.platform.mail.outcomes import Undelivered
from keyturn.platform.mail.rendering import Mail
from keyturn.platform.preferences import services as preferences
from tests.mailserver import free_port

pytestmark = pytest.mark.django_db
OUTGOING = transports.Outgoing("john@example.com", Mail("Grüße", "<p>Hallo</p>", "Hallo\n.\nEnde\n"), "id-1")


class _Web(HTTPServer):
    """Answers every request with `answer` and keeps what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: tuple[int, dict[str, Any], dict[str, str]] = (200, {}, {})
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: _Web

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.path, dict(self.headers), body))
        status, answer, headers = self.server.answer
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Web]:
    server = _Web()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setitem(providers.MAILGUN_URLS, "us", f"{server.url}/v3")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", server.url)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _send(driver: str, **more: Any) -> None:
    settings = {**preferences.values(), "mail.driver": driver, "mail.sender_email": "shop@example.com"}
    transports.send({**settings, **{f"mail.{name}": value for name, value in more.items()}}, OUTGOING)


def _outcome(driver: str, **more: Any) -> tuple[str, bool]:
    with pytest.raises(Undelivered) as problem:
        _send(driver, **more)
    return str(problem.value.outcome), problem.value.final


@pytest.fixture
def program(tmp_path: Path, settings: Any) -> Path:
    file = tmp_path / "sendmail"
    settings.SENDMAIL = str(file)
    return file


def _script(program: Path, lines: str) -> None:
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)


def test_sendmail(program: Path, tmp_path: Path) -> None:
    _script(program, f'printf "%s\\n" "$@" > {tmp_path}/words; cat > {tmp_path}/mail')
    _send("sendmail")
    assert (tmp_path / "words").read_text().splitlines() == ["-i", "-f", "shop@example.com", "--", "john@example.com"]
    raw = (tmp_path / "mail").read_bytes()
    assert b"\r\n" not in raw
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["Subject"], mail["Message-ID"]) == ("Grüße", "<id-1@example.com>")


def test_sendmail_that_fails(program: Path) -> None:
    assert _outcome("sendmail") == ("program", False)
    for status, outcome in ((67, ("recipient", True)), (75, ("unreachable", False)), (1, ("message", False))):
        _script(program, f"echo no such thing >&2; exit {status}")
        assert _outcome("sendmail") == outcome


_MAILGUN = {"mailgun_domain": "mg.example.com", "mailgun_key": "key-1"}


def test_mailgun(web: _Web) -> None:
    web.answer = (200, {"id": "<x@mg.example.com>", "message": "Queued. Thank you."}, {})
    _send("mailgun", **_MAILGUN)
    path, headers, body = web.asked[0]
    assert path == "/v3/mg.example.com/messages"
    assert headers["Authorization"].startswith("Basic ")
    for part in ("john@example.com", "shop@example.com", "id-1@example.com"):
        assert part.encode() in body.replace(b"%40", b"@").replace(b"%3C", b"<")


def test_mailgun_that_fails(web: _Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.answer = (401, {"message": "Forbidden"}, {})
    assert _outcome("mailgun", **_MAILGUN) == ("authentication", False)
    web.answer = (400, {"message": "to parameter is not a valid address"}, {})
    assert _outcome("mailgun", **_MAILGUN) == ("provider", True)
    web.answer = (500, {"message": "oops"}, {})
    assert _outcome("mailgun", **_MAILGUN) == ("provider", False)
    monkeypatch.setitem(providers.MAILGUN_URLS, "us", f"http://127.0.0.1:{free_port()}/v3")
    assert _outcome("mailgun", **_MAILGUN) == ("unreachable", False)


_SES = {"ses_key": "AKIDEXAMPLE", "ses_secret": "secret", "ses_region": "eu-west-1"}


def test_ses(web: _Web) -> None:
    web.answer = (200, {"MessageId": "1"}, {})
    _send("ses", **_SES)
    path, headers, body = web.asked[0]
    assert path == "/v2/email/outbound-emails"
    assert "eu-west-1" in headers["Authorization"]
    assert json.loads(body)["Destination"]["ToAddresses"] == ["john@example.com"]


def test_ses_that_fails(web: _Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for status, kind, outcome in (
        (403, "SignatureDoesNotMatch", "authentication"),
        (400, "MailFromDomainNotVerifiedException", "sender"),
        (400, "MessageRejected", "provider"),
    ):
        web.answer = (status, {"message": "no"}, {"x-amzn-ErrorType": kind})
        assert _outcome("ses", **_SES) == (outcome, False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{free_port()}")
    assert _outcome("ses", **_SES) == ("unreachable", False)
