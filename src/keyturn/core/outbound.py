"""Posting to addresses that other people chose, without reaching what only this machine may reach.

A host is resolved once, every address it has is judged, and the connection goes to the judged address:
a name that changes between the check and the connection gains nothing (DNS rebinding). Redirects are
answers like any other; nothing follows them.
"""

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

PATIENCE: Final = 10.0
READ: Final = 10 * 1024
# Not global by the registries of IANA either, which not every Python knows.
_LOCAL: Final = tuple(map(ip_network, ("192.0.0.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16", "fec0::/10")))
_LATE: Final = "No answer within {:.0f} seconds."


class Unsafe(Exception):
    """The address may not be called; the text tells the person who entered it why."""


class Unreachable(Exception):
    """No answer came; the text says what happened."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer: its first 10 KB, and how long it took in milliseconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    millis: int

    @property
    def accepted(self) -> bool:
        """Whether the receiver took it: any 2xx."""
        return 200 <= self.status < 300


def check_form(url: str) -> None:
    """Raise Unsafe unless `url` looks as one that may be called. Looks nothing up."""
    _parts(url)


def check(url: str) -> None:
    """Raise Unsafe unless `url` may be called. Looks its host up; a host that is unknown today passes."""
    parts = _parts(url)
    try:
        _addresses(parts, time.monotonic() + PATIENCE)
    except Unreachable:
        return


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Received:
    """Send `body`. Everything together takes 10 seconds at most. Raises Unsafe, Unreachable."""
    end = time.monotonic() + PATIENCE
    parts = _parts(url)
    started = time.monotonic()
    for number, address in enumerate(addresses := _addresses(parts, end), 1):
        connection = _Connection(parts, address, end)
        try:
            with connection.cut_off_at_the_end():
                return _exchange(connection, parts, body, headers, started)
        except ConnectionRefusedError as error:
            if number == len(addresses):
                raise Unreachable("The connection was refused. Is the server running?") from error
        except TimeoutError as error:
            raise Unreachable(_LATE.format(PATIENCE)) from error
        except ssl.SSLError as error:
            if time.monotonic() >= end:
                raise Unreachable(_LATE.format(PATIENCE)) from error
            raise Unreachable(f"The TLS connection failed: {error.reason or error}.") from error
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= end:
                raise Unreachable(_LATE.format(PATIENCE)) from error
            raise Unreachable(f"The connection failed: {error or type(error).__name__}.") from error
        finally:
            connection.close()
    raise Unreachable("The host has no address.")


def _exchange(
    connection: "_Connection", parts: SplitResult, body: bytes, headers: Mapping[str, str], started: float
) -> Received:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", target, body, {"User-Agent": "Keyturn", "Connection": "close", **headers})
    connection.hurry()
    answer = connection.getresponse()
    received = b""
    while len(received) < READ:
        connection.hurry()
        piece = answer.read1(READ - len(received))
        if not piece:
            break
        received += piece
    # An answer that was cut off looks like one that has ended.
    connection.left()
    return Received(answer.status, dict(answer.getheaders()), received, int((time.monotonic() - started) * 1000))


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was judged, under the name that the certificate must have."""

    def __init__(self, parts: SplitResult, address: str, end: float) -> None:
        super().__init__(str(parts.hostname), parts.port)
        self._secure = parts.scheme == "https"
        self.port = parts.port or (443 if self._secure else 80)
        self._address, self._end = address, end
        self._open: socket.socket | None = None

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), self.left())
        self.sock = self._open = raw
        if self._secure:
            self.sock = self._open = _tls().wrap_socket(raw, server_hostname=self.host)
        self.hurry()

    def hurry(self) -> None:
        """Let no single step outlast what is left of the time."""
        left = self.left()
        if self._open is not None:
            self._open.settimeout(left)

    @contextmanager
    def cut_off_at_the_end(self) -> Iterator[None]:
        """End the exchange when its time is up, even while the other side keeps sending a little."""
        timer = threading.Timer(self.left(), self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        if self._open is not None:
            with suppress(OSError):
                # Of the plain socket: that of TLS would first take its state from under the reader.
                socket.socket.shutdown(self._open, socket.SHUT_RDWR)

    def left(self) -> float:
        """Seconds until the end. Raises TimeoutError after it."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unsafe("Enter a complete address, such as https://example.com/hook.") from error
    if not parts.hostname or port == 0 or any(ord(letter) <= 32 for letter in url):
        raise Unsafe("Enter a complete address, such as https://example.com/hook.")
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.ALLOW_LOCAL_CALLS):
        raise Unsafe("Enter an address that starts with https://.")
    if parts.username is not None or parts.password is not None:
        raise Unsafe("Leave the user name and password out of the address.")
    return parts


def _addresses(parts: SplitResult, end: float) -> list[str]:
    found = _resolve(str(parts.hostname), parts.port or parts.scheme, end)
    addresses = list(dict.fromkeys(found))
    if not settings.ALLOW_LOCAL_CALLS and not all(map(_is_public, addresses)):
        raise Unsafe("This host has an address inside a private network. Enter one on the internet.")
    return addresses


def _resolve(host: str, port: int | str, end: float) -> list[str]:
    """The addresses of a host. On a thread of its own: the system's resolver knows no time limit."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, end - time.monotonic()))
    except queue.Empty as error:
        raise Unreachable(_LATE.format(PATIENCE)) from error
    if isinstance(answer, Exception):
        raise Unreachable("The host is unknown. Check its spelling.") from answer
    return answer


def _is_public(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and (inner := _inside(address)) is not None:
        address = inner
    if any(address in network for network in _LOCAL if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to: mapped, 6to4, Teredo, NAT64 (RFC 6052)."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address.packed[:12] == b"\x00\x64\xff\x9b" + b"\x00" * 8:
        return IPv4Address(address.packed[12:])
    return None
