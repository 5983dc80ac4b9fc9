"""What API keys leave behind."""

from datetime import time

from keyturn.core.clock import now
from keyturn.people.apikeys import notifying
from keyturn.people.apikeys.idempotency import KEPT
from keyturn.people.apikeys.models import StoredAnswer
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import daily, every, schedule

# On SQLite nobody else writes while a slice is deleted.
_SLICE = 500


@schedule(every(minutes=60))
@job(timeout=600, title="Clean up stored API answers")
def forget_answers(run: Run) -> dict[str, int]:
    """Delete answers that no duplicate can ask for any more."""
    old, deleted = StoredAnswer.objects.filter(at__lt=now() - KEPT), 0
    while some := list(old.order_by("at").values_list("pk", flat=True)[:_SLICE]):
        deleted += StoredAnswer.objects.filter(pk__in=some).delete()[0]
    return {"deleted": deleted}


@schedule(every(minutes=5))
@job(timeout=120, title="Use of API keys")
def watch_use(run: Run) -> dict[str, int]:
    """Tell admins of keys in use for the first time, and of those that need most of their limit."""
    return {"notices": notifying.tell_of_use()}


@schedule(daily(time(8)))
@job(title="Expiry warnings of API keys")
def warn_of_expiry(run: Run) -> dict[str, int]:
    """Tell admins of keys that are about to expire."""
    return {"notices": notifying.warn_of_expiry()}
