"""The ways in which mail leaves this machine, by the settings of the Email tab."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives

from keyturn.platform.mail import sendmail, smtp
from keyturn.platform.mail.outcomes import Outcome, Undelivered
from keyturn.platform.mail.rendering import Mail
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.rules import missing_for_mail


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail to one address. `identity` makes its Message-ID, the same at every attempt."""

    to: str
    mail: Mail
    identity: str


def ready(settings: Mapping[str, Any] | None = None) -> bool:
    """Whether mail can be sent at all."""
    return not missing_for_mail(settings or preferences.values())


def send(settings: dict[str, Any], outgoing: Outgoing) -> None:
    """Hand over one mail by the driver in `settings`. Raises Undelivered."""
    composed = compose(settings, outgoing)
    driver = settings["mail.driver"]
    if driver in ("mailgun", "ses"):
        # Their libraries take half a second to import; SMTP needs none of them.
        from keyturn.platform.mail import providers

        (providers.mailgun if driver == "mailgun" else providers.ses)(settings, composed)
        return
    sender, recipient = _wire(settings["mail.sender_email"], Outcome.SENDER), _wire(outgoing.to, Outcome.RECIPIENT)
    raw = composed.message().as_bytes(linesep="\r\n")
    if driver == "sendmail":
        sendmail.send(sender, recipient, raw.replace(b"\r\n", b"\n"))
    else:
        smtp.send(settings, sender, recipient, raw)


def compose(settings: dict[str, Any], outgoing: Outgoing) -> EmailMultiAlternatives:
    """The mail with its headers. Raises BadHeaderError rather than let a value add one."""
    sender = settings["mail.sender_email"]
    domain = sender.rpartition("@")[2].encode("idna").decode()
    name = settings["mail.sender_name"] or settings["general.app_name"]
    composed = EmailMultiAlternatives(
        outgoing.mail.subject,
        outgoing.mail.text,
        from_email=f'"{name.replace(chr(92), "").replace(chr(34), "")}" <{sender}>',
        to=[outgoing.to],
        headers={"Message-ID": f"<{outgoing.identity}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    composed.attach_alternative(outgoing.mail.html, "text/html")
    return composed


def _wire(address: str, role: Outcome) -> str:
    """The address as SMTP takes it everywhere: the domain in Punycode."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        # RFC 6531 would allow it; few servers do.
        raise Undelivered(role, "Letters before the @ must be ASCII", final=role == Outcome.RECIPIENT)
    return f"{local}@{domain.encode('idna').decode()}"
