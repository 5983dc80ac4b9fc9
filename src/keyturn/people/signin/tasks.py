"""What signing in does by itself."""

from datetime import timedelta

from keyturn.core.clock import now
from keyturn.people.signin import viewing
from keyturn.people.signin.models import Failure, Link, Session, SignIn
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import every, schedule
from keyturn.platform.preferences import services as preferences

# A link that has expired still says so for a while, instead of being unknown.
_LINKS_KEPT = timedelta(days=30)
_HISTORY_KEPT = timedelta(days=365)


@schedule(every(minutes=60))
@job(title="Sign-in clean-up")
def clean(run: Run) -> dict[str, int]:
    """Forget attempts, sessions and links that no longer count."""
    window = timedelta(minutes=preferences.get("signin.window_minutes"))
    return {
        "failures": Failure.objects.filter(at__lt=now() - 2 * window).delete()[0],
        "sessions": Session.objects.filter(expires_at__lt=now(), viewer=None).delete()[0],
        "links": Link.objects.filter(expires_at__lt=now() - _LINKS_KEPT).delete()[0],
        "history": SignIn.objects.filter(at__lt=now() - _HISTORY_KEPT).delete()[0],
    }


@schedule(every(minutes=1))
@job(title="End of viewing as a customer")
def end_viewing(run: Run) -> dict[str, int]:
    """Note that admins who looked on for 30 minutes do so no more."""
    return {"ended": viewing.end_expired()}
