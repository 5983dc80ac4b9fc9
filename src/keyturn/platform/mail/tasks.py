"""The jobs that send mail."""

from keyturn.platform.jobs.kinds import job, pauses
from keyturn.platform.jobs.runs import Run

# Three retries over 71 minutes outlast an hour without a mail server.
RETRIES = pauses(60, 600, 3600)


@job(queue="emails", attempts=4, timeout=120, backoff=RETRIES, title="Email delivery")
def send(run: Run, *, message: str) -> None:
    """Send one message."""


@job(queue="high", attempts=4, timeout=120, backoff=RETRIES, title="Sign-in and security email")
def send_first(run: Run, *, message: str) -> None:
    """Send one message that somebody waits for."""
