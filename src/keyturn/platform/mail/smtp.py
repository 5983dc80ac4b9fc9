"""Handing a mail to an SMTP server (RFC 5321), with a distinct outcome for each way it can fail."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from keyturn.platform.mail.outcomes import Outcome, Undelivered

# Seconds for each step of the conversation.
PATIENCE = 20.0


def send(settings: dict[str, Any], sender: str, recipient: str, message: bytes, patience: float = PATIENCE) -> None:
    """Hand over one mail. Returns once the server has taken responsibility for it. Raises Undelivered."""
    server = _connect(settings, sender.rpartition("@")[2], patience)
    try:
        with _failures(Outcome.MESSAGE):
            server.sendmail(sender, [recipient], message)
    finally:
        # What happens after the server took the mail changes nothing.
        with suppress(OSError, smtplib.SMTPException):
            server.quit()


def _connect(settings: dict[str, Any], domain: str, patience: float) -> smtplib.SMTP:
    host, port, encryption = settings["mail.host"], settings["mail.port"], settings["mail.encryption"]
    context = ssl.create_default_context()
    with _failures(Outcome.CLOSED):
        if encryption == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, domain, timeout=patience, context=context)
        else:
            server = smtplib.SMTP(host, port, domain, timeout=patience)
    try:
        if encryption == "tls":
            with _failures(Outcome.TLS):
                server.starttls(context=context)
        if settings["mail.username"]:
            with _failures(Outcome.AUTHENTICATION):
                server.login(settings["mail.username"], settings["mail.password"])
    except Undelivered:
        server.close()
        raise
    return server


@contextmanager
def _failures(stage: Outcome) -> Iterator[None]:
    """Errors of one stage of the conversation as Undelivered."""
    try:
        yield
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise _undelivered(error, stage) from error


def _undelivered(error: Exception, stage: Outcome) -> Undelivered:
    # smtplib hides a broken or silent line behind SMTPServerDisconnected.
    cause = error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) and error.__context__ else error
    match cause:
        case smtplib.SMTPRecipientsRefused():
            code, answer = next(iter(cause.recipients.values()))
            return Undelivered(Outcome.RECIPIENT, _said(code, answer), final=code >= 500)
        case smtplib.SMTPSenderRefused():
            return Undelivered(Outcome.SENDER, _said(cause.smtp_code, cause.smtp_error))
        case smtplib.SMTPAuthenticationError():
            return Undelivered(Outcome.AUTHENTICATION, _said(cause.smtp_code, cause.smtp_error))
        case smtplib.SMTPDataError():
            return Undelivered(Outcome.MESSAGE, _said(cause.smtp_code, cause.smtp_error), final=cause.smtp_code >= 500)
        case smtplib.SMTPServerDisconnected():
            return Undelivered(Outcome.TLS if stage == Outcome.TLS else Outcome.CLOSED)
        case smtplib.SMTPResponseException():
            outcome = Outcome.CLOSED if stage == Outcome.MESSAGE else stage
            return Undelivered(outcome, _said(cause.smtp_code, cause.smtp_error))
        case smtplib.SMTPException():
            return Undelivered(stage, str(cause))
        case ssl.SSLError():
            return Undelivered(Outcome.TLS, getattr(cause, "verify_message", "") or cause.reason or "")
        case socket.gaierror():
            return Undelivered(Outcome.DNS)
        case TimeoutError():
            return Undelivered(Outcome.TIMEOUT)
        case ConnectionRefusedError():
            return Undelivered(Outcome.REFUSED)
        case ConnectionError():
            return Undelivered(Outcome.TLS if stage == Outcome.TLS else Outcome.CLOSED)
        case UnicodeError() if stage == Outcome.CLOSED:
            return Undelivered(Outcome.DNS)
        case UnicodeError():
            return Undelivered(stage, "Only ASCII characters are possible here.", final=stage == Outcome.MESSAGE)
    return Undelivered(Outcome.UNREACHABLE, getattr(cause, "strerror", "") or "")


def _said(code: int, answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {words}"
