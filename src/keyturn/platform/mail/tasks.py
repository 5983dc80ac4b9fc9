"""The jobs that send mail."""

from uuid import UUID

from keyturn.platform.jobs.kinds import job, pauses
from keyturn.platform.jobs.runs import Hopeless, Run
from keyturn.platform.mail import delivery
from keyturn.platform.mail.outcomes import Undelivered

ATTEMPTS = 4
# Three retries over 71 minutes outlast an hour without a mail server.
RETRIES = pauses(60, 600, 3600)


@job(queue="emails", attempts=ATTEMPTS, timeout=150, backoff=RETRIES, title="Email delivery")
def send(run: Run, *, message: str) -> str:
    """Send one message; its state afterwards."""
    return _send(run, message)


@job(queue="high", attempts=ATTEMPTS, timeout=150, backoff=RETRIES, title="Sign-in and security email")
def send_first(run: Run, *, message: str) -> str:
    """Send one message that somebody waits for; its state afterwards."""
    return _send(run, message)


def _send(run: Run, message: str) -> str:
    try:
        return delivery.attempt(run.actor, UUID(message), job=run.uuid, last=run.attempt >= ATTEMPTS)
    except Undelivered as problem:
        if problem.final:
            raise Hopeless(problem.message) from problem
        raise
