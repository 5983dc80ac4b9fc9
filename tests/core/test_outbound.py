"""Posting to addresses that other people chose: real sockets, real TLS, and what must not be reached."""

import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest
import trustme
from tests.receiver import local, receiver

from keyturn.core import outbound

__all__ = ["local", "receiver"]


def _url(server: Any, path: str = "/", scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{server.server_port}{path}"


def test_what_is_sent_arrives(receiver: Any, local: None) -> None:
    got = outbound.post(_url(receiver, "/hook?a=1"), b'{"a":1}', {"Content-Type": "application/json", "X-Id": "7"})
    assert (got.status, got.body, got.accepted) == (200, b"yy", True)
    path, headers, body = receiver.seen[0]
    assert (path, body, headers["X-Id"], headers["Host"]) == (
        "/hook?a=1",
        b'{"a":1}',
        "7",
        f"127.0.0.1:{receiver.server_port}",
    )


def test_redirects_are_not_followed(receiver: Any, local: None) -> None:
    got = outbound.post(_url(receiver, "/302"), b"", {})
    assert (got.status, got.accepted, len(receiver.seen)) == (302, False, 1)


def test_only_the_start_of_an_answer_is_read(receiver: Any, local: None) -> None:
    assert len(outbound.post(_url(receiver, "/long"), b"", {}).body) == outbound.READ


@pytest.mark.spec("WHK-09")
@pytest.mark.parametrize("path", ["/slow", "/drip", "/trickle"])
def test_the_whole_exchange_has_a_limit(receiver: Any, local: None, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(outbound, "PATIENCE", 0.4)
    with pytest.raises(outbound.Unreachable, match="No answer within"):
        outbound.post(_url(receiver, path), b"", {})


@pytest.mark.spec("WHK-09")
def test_the_time_includes_the_name(local: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "PATIENCE", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(2) or [])
    begun = time.monotonic()
    with pytest.raises(outbound.Unreachable, match="No answer within"):
        outbound.post("http://example.com/", b"", {})
    assert time.monotonic() - begun < 1


def test_a_closed_port_and_an_unknown_host_are_told_apart(local: None) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(outbound.Unreachable, match="refused"):
        outbound.post(f"http://127.0.0.1:{port}/", b"", {})
    with pytest.raises(outbound.Unreachable, match="unknown"):
        outbound.post("http://nothing.invalid/", b"", {})
    outbound.check("https://nothing.invalid/")


def test_certificates_are_checked(receiver: Any, local: None, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    receiver.socket = server.wrap_socket(receiver.socket, server_side=True)
    with pytest.raises(outbound.Unreachable, match="TLS"):
        outbound.post(_url(receiver, scheme="https"), b"", {})
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(outbound, "_tls", lambda: trusting)
    assert outbound.post(_url(receiver, scheme="https"), b"", {}).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "2130706433",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[2002:7f00:1::]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2001:0:7f00:1::80ff:fffe]",
        "[::127.0.0.1]",
        "[::]",
        "[fec0::1]",
        "[ff02::1]",
        "192.0.0.8",
        "198.18.0.1",
        "0177.0.0.1",
    ],
)
@pytest.mark.parametrize("call", [outbound.check, lambda url: outbound.post(url, b"", {})])
@pytest.mark.spec("WHK-04")
def test_private_addresses_are_not_called(host: str, call: Callable[[str], Any]) -> None:
    with pytest.raises(outbound.Unsafe, match="private network"):
        call(f"https://{host}/")


@pytest.mark.spec("WHK-04")
def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(outbound.Unsafe):
        outbound.post("https://example.com/", b"", {})


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://example.com/", "https://"),
        ("ftp://example.com/", "https://"),
        ("file:///etc/passwd", "complete"),
        ("https://", "complete"),
        ("example.com", "complete"),
        ("https://user:secret@example.com/", "user name"),
        ("https://example.com:99999/", "complete"),
        ("https://exa mple.com/", "complete"),
        ("https://example.com/\r\nX: y", "complete"),
    ],
)
@pytest.mark.spec("WHK-04")
def test_other_addresses_are_refused(url: str, text: str) -> None:
    with pytest.raises(outbound.Unsafe, match=text):
        outbound.check(url)
