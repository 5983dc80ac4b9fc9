"""Handing a mail to the sendmail program of this machine."""

import subprocess

from django.conf import settings

from keyturn.platform.mail.outcomes import Outcome, Undelivered

# Exit statuses of sysexits.h that mean something of their own.
_STATUS = {67: Outcome.RECIPIENT, 68: Outcome.DNS, 75: Outcome.UNREACHABLE, 77: Outcome.SENDER}
PATIENCE = 60.0


def send(sender: str, recipient: str, message: bytes) -> None:
    """Hand over one mail. Raises Undelivered."""
    command = [settings.SENDMAIL, "-i", "-f", sender, "--", recipient]
    try:
        done = subprocess.run(command, input=message, capture_output=True, timeout=PATIENCE, check=False)
    except FileNotFoundError as error:
        raise Undelivered(Outcome.PROGRAM, f"there is no {settings.SENDMAIL}") from error
    except subprocess.TimeoutExpired as error:
        raise Undelivered(Outcome.TIMEOUT) from error
    except OSError as error:
        raise Undelivered(Outcome.PROGRAM, error.strerror or "") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace")
        outcome = _STATUS.get(done.returncode, Outcome.MESSAGE)
        raise Undelivered(outcome, f"status {done.returncode} {said}", final=done.returncode == 67)
