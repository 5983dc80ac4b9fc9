"""Real mail servers on the loopback address, well-behaved and not."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from keyturn.platform.preferences import services as preferences

USER, PASSWORD = "shop", "s3cret word"


@dataclass
class MailServer:
    """A running server; `received` holds what it took. It refuses what `refuse` says, from now on.

    `before_answer` is called when a mail is in, before the server says so.
    """

    port: int
    received: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    before_answer: Callable[[], None] = lambda: None

    def use(self, **more: Any) -> None:
        """Make it the server of the settings in force."""
        settings = {"host": "127.0.0.1", "port": self.port, "encryption": "none", "sender_email": "shop@example.com"}
        for name, value in {**settings, **more}.items():
            preferences.set_value(f"mail.{name}", value)

    @property
    def only(self) -> EmailMessage:
        assert len(self.received) == 1
        return self.received[0]


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self.server = server

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if answer := self.server.refuse.get("sender"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if answer := self.server.refuse.get("recipient"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if answer := self.server.refuse.get("data"):
            return answer
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.server.received.append(message)
        self.server.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        self.server.before_answer()
        return "250 OK"


class _Controller(Controller):
    def __init__(self, handler: Any, implicit: ssl.SSLContext | None, **options: Any) -> None:
        self.implicit, self.options = implicit, options
        super().__init__(handler, hostname="127.0.0.1", port=free_port(), ssl_context=implicit)

    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="mail.test", **self.options)

    def _trigger_server(self) -> None:
        # The one of the library checks with a certificate store that does not know ours.
        socket.create_connection((self.hostname, self.port), timeout=5).close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == right, handled=False)


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, implicit: bool = False, auth: bool = False
) -> Iterator[MailServer]:
    """A server that takes mail; with `tls` by STARTTLS, or from the first byte when `implicit`."""
    options: dict[str, Any] = {}
    if tls is not None and not implicit:
        options |= {"tls_context": tls, "require_starttls": True}
    if auth:
        options |= {
            "authenticator": _check,
            "auth_required": True,
            "auth_require_tls": tls is not None and not implicit,
        }
    server = MailServer(0)
    controller = _Controller(_Handler(server), tls if implicit else None, **options)
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()


@contextmanager
def bad_server(*, talks: bool) -> Iterator[int]:
    """A port where nobody ever says a word, or, with `talks`, hangs up at once; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.close() if talks else held.append(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for one in held:
            one.close()
        thread.join()


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    """A plain mail server, set up as the product's."""
    with mail_server() as server:
        server.use()
        yield server


@pytest.fixture
def authority(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority that the product trusts."""
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return authority


def server_tls(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """What a server with a certificate for `name` speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context
