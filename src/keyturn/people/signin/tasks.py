"""What signing in does by itself."""

from datetime import timedelta

from django.db import transaction

from keyturn.access.actors import system
from keyturn.core.clock import now
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts, invitations, viewing
from keyturn.people.signin.models import Failure, Link, Session, SignIn, UsedChallenge
from keyturn.people.signin.passkeys import CHALLENGE_TIME
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import every, schedule
from keyturn.platform.preferences import services as preferences

# A link that has expired still says so for a while, instead of being unknown.
_LINKS_KEPT = timedelta(days=30)
_HISTORY_KEPT = timedelta(days=365)


@job(queue="high", title="Link by e-mail")
def send_link(run: Run, *, portal: str, purpose: str, address: str, ip: str) -> None:
    """Send a link to whoever asked for one, if the address has an account."""
    account = accounts.find(portal, address)
    if account is None or (isinstance(account, Admin) and not account.is_active):
        return
    with transaction.atomic():
        invitations.send(account, Link.Purpose(purpose), ip=ip)
        event = "password_reset_requested" if purpose == Link.Purpose.RESET else "signin_link_requested"
        accounts.note(system("sign-in page"), account, event)


@schedule(every(minutes=60))
@job(title="Sign-in clean-up")
def clean(run: Run) -> dict[str, int]:
    """Forget attempts, sessions and links that no longer count."""
    window = timedelta(minutes=preferences.get("signin.window_minutes"))
    return {
        "failures": Failure.objects.filter(at__lt=now() - 2 * window).delete()[0],
        "sessions": Session.objects.filter(expires_at__lt=now(), viewer=None).delete()[0],
        "links": Link.objects.filter(expires_at__lt=now() - _LINKS_KEPT).delete()[0],
        "challenges": UsedChallenge.objects.filter(at__lt=now() - 2 * CHALLENGE_TIME).delete()[0],
        "history": SignIn.objects.filter(at__lt=now() - _HISTORY_KEPT).delete()[0],
    }


@schedule(every(minutes=1))
@job(title="End of viewing as a customer")
def end_viewing(run: Run) -> dict[str, int]:
    """Note that admins who looked on for 30 minutes do so no more."""
    return {"ended": viewing.end_expired()}
