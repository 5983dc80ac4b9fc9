"""Real conversations with real mail servers: what arrives, and how each failure reads."""

import socket
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import trustme

from keyturn.platform.mail import smtp as protocol
from keyturn.platform.mail import transports
from keyturn.platform.mail.outcomes import Undelivered
from keyturn.platform.mail.rendering import Mail
from keyturn.platform.preferences import services as preferences
from tests.mailserver import PASSWORD, USER, MailServer, authority, bad_server, free_port, mail_server, server_tls, smtp

__all__ = ["authority", "smtp"]
pytestmark = pytest.mark.django_db
MAIL = Mail("Grüße", "<p>Hallo</p>", "Hallo\n.\nEnde\n")


def _send(to: str = "john@example.com", **more: Any) -> None:
    settings = {**preferences.values(), **{f"mail.{name}": value for name, value in more.items()}}
    transports.send(settings, transports.Outgoing(to, MAIL, "id-1"))


def _outcome(**more: Any) -> str:
    with pytest.raises(Undelivered) as problem:
        _send(**more)
    return str(problem.value.outcome)


def test_a_mail_arrives_whole(smtp: MailServer) -> None:
    smtp.use(sender_name='Bücher "& Co"')
    _send("jöhn.smith@example.com".replace("ö", "o"))
    mail = smtp.only
    assert mail["Subject"] == "Grüße"
    assert mail["From"] == "Bücher & Co <shop@example.com>"
    assert mail["To"] == "john.smith@example.com"
    assert mail["Message-ID"] == "<id-1@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(mail["Date"])
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == MAIL.text
    assert "<p>Hallo</p>" in html.get_content()
    assert smtp.envelopes == [("shop@example.com", ["john.smith@example.com"])]


def test_an_internationalised_domain_becomes_punycode_on_the_wire(smtp: MailServer) -> None:
    _send("john@bücher.example")
    assert smtp.envelopes[0][1] == ["john@xn--bcher-kva.example"]


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "ssl"])
def test_tls_and_password(authority: trustme.CA, implicit: bool) -> None:
    with mail_server(tls=server_tls(authority), implicit=implicit, auth=True) as server:
        server.use(encryption="ssl" if implicit else "tls", username=USER, password=PASSWORD)
        _send()
        assert server.only["Subject"] == "Grüße"


@pytest.mark.spec("SET-30")
def test_a_wrong_password_and_a_server_without_passwords(authority: trustme.CA, smtp: MailServer) -> None:
    assert _outcome(username=USER, password="x") == "authentication"
    with mail_server(tls=server_tls(authority), auth=True) as server:
        server.use(encryption="tls", username=USER, password="wrong")
        assert _outcome() == "authentication"
        # Nothing at all where it wants one.
        assert _outcome(username="") == "sender"
        assert not server.received


@pytest.mark.spec("SET-30")
def test_tls_that_fails(authority: trustme.CA, smtp: MailServer) -> None:
    assert _outcome(encryption="tls") == "tls"  # not offered
    assert _outcome(encryption="ssl") == "tls"  # answered in plain text
    for context in (server_tls(authority, "other.example"), server_tls(trustme.CA())):
        for implicit in (False, True):
            with mail_server(tls=context, implicit=implicit) as server:
                server.use(encryption="ssl" if implicit else "tls")
                assert _outcome() == "tls"
                assert not server.received


@pytest.mark.spec("SET-30")
def test_what_keeps_a_server_from_being_reached(smtp: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol.send, "__defaults__", (0.3,))
    assert _outcome(port=free_port()) == "refused"
    assert _outcome(host="a..b") == "dns"
    with bad_server(talks=False) as port:
        assert _outcome(port=port) == "timeout"
        assert _outcome(port=port, encryption="ssl") == "timeout"
    with bad_server(talks=True) as port:
        assert _outcome(port=port) == "closed"

    def unknown(*args: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert _outcome(host="mail.example.com") == "dns"


@pytest.mark.spec("SET-30")
@pytest.mark.parametrize(
    ("stage", "answer", "outcome", "final"),
    [
        ("sender", "550 5.7.1 not yours", "sender", False),
        ("recipient", "550 5.1.1 <john@example.com> unknown", "recipient", True),
        ("recipient", "450 4.2.1 come back later", "recipient", False),
        ("data", "554 5.6.0 spam", "message", True),
        ("data", "451 4.3.0 disk full", "message", False),
        ("data", "421 4.3.2 going down", "message", False),
    ],
)
def test_what_a_server_refuses(smtp: MailServer, stage: str, answer: str, outcome: str, final: bool) -> None:
    smtp.refuse[stage] = answer
    with pytest.raises(Undelivered) as problem:
        _send()
    assert (problem.value.outcome, problem.value.final) == (outcome, final)
    assert answer[:9] in problem.value.message
    assert "john@" not in problem.value.message
    assert not smtp.received


def test_an_address_that_only_some_servers_take_is_refused_in_words(smtp: MailServer) -> None:
    with pytest.raises(Undelivered) as problem:
        _send("jöhn@example.com")
    assert (problem.value.outcome, problem.value.final) == ("recipient", True)
    assert not smtp.received
