"""What can come of handing over a mail, in words for whoever set mail up."""

from enum import StrEnum

from keyturn.core.errors import KeyturnError
from keyturn.core.redaction import redact


class Outcome(StrEnum):
    """The result of one attempt; the value is its name in tests, logs and pages."""

    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    TLS = "tls"
    AUTHENTICATION = "authentication"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"
    PROVIDER = "provider"
    PROGRAM = "program"


WORDS = {
    Outcome.DNS: "Host name not found. Check the spelling of the host.",
    Outcome.REFUSED: "Connection refused. Nothing listens on that host and port: check both.",
    Outcome.UNREACHABLE: "The mail server cannot be reached. Check host, port and firewall.",
    Outcome.TIMEOUT: "Timeout. The mail server did not answer in time: check port and encryption, and the firewall.",
    Outcome.CLOSED: "The mail server closed the connection. Check that port and encryption belong together.",
    Outcome.TLS: "TLS error. Check that port and encryption belong together, and the server's certificate.",
    Outcome.AUTHENTICATION: "Authentication failed. Check username and password, or the key.",
    Outcome.SENDER: "Sender refused. The mail server does not let you send as this Sender Email.",
    Outcome.RECIPIENT: "Recipient refused. The mail server does not take mail for this address.",
    Outcome.MESSAGE: "The mail server refused the message itself.",
    Outcome.PROVIDER: "The mail provider refused or failed.",
    Outcome.PROGRAM: "The sendmail program did not start on this machine. Install one, or choose another driver.",
}


class Undelivered(KeyturnError):
    """A mail was not taken. `final`: trying again cannot help. `answer` is what the other side said."""

    def __init__(self, outcome: Outcome, answer: str = "", *, final: bool = False) -> None:
        self.outcome, self.final = outcome, final
        # Answers of mail servers quote addresses.
        self.answer = redact(" ".join(answer.split()))[:200]
        super().__init__(f"{WORDS[outcome]} It said: {self.answer}" if self.answer else WORDS[outcome])
