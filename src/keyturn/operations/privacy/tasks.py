"""What is left to do after a customer was deleted, where it takes too long for the page (CUS-43)."""

import json

from django.db import connection
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from keyturn.core.search import compact
from keyturn.licensing.licenses.search import ACTIVATIONS, LICENSES
from keyturn.operations.imports.models import Fault
from keyturn.people.customers.search import CUSTOMERS
from keyturn.platform.jobs import services as jobs
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.logs.models import RequestLog

# Rows of the request log looked at in one statement.
_ROWS = 50_000
_LICENSES = 5000


class StillRead(Exception):
    """Somebody reads the database, so that its write-ahead log cannot be emptied yet."""


@job(attempts=10, timeout=3600, title="Traces of a deleted customer")
def remove_traces(run: Run, *, licenses: list[int], words: list[str]) -> None:
    """Remove addresses from the log of requests about his licenses, and reports that hold one of `words`.

    On SQLite it ends with an empty write-ahead log and without pieces of his name in the search.
    """
    _blank_addresses(licenses)
    for word in {spelling for one in words for spelling in (one, json.dumps(one)[1:-1])}:
        reported = Fault.objects.annotate(text=Cast("values", TextField()))
        reported.filter(Q(reason__icontains=word) | Q(text__icontains=word)).delete()
    jobs.forget(words)
    for searched in (CUSTOMERS, LICENSES, ACTIVATIONS):
        compact(searched)
    _empty_journal()


def _blank_addresses(licenses: list[int]) -> None:
    """In slices: the log is large, and nobody may wait for it."""
    last = RequestLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    first = RequestLog.objects.order_by("pk").values_list("pk", flat=True).first() or 0
    for start in range(first, last + 1, _ROWS):
        rows = RequestLog.objects.filter(pk__gte=start, pk__lt=start + _ROWS).exclude(ip="")
        for part in range(0, len(licenses), _LICENSES):
            rows.filter(license_id__in=licenses[part : part + _LICENSES]).update(ip="")


def _empty_journal() -> None:
    """Write everything into the database file. Raises StillRead; the attempt is repeated then."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        # Writers wait for a checkpoint that waits for readers: it must give up soon.
        cursor.execute("PRAGMA busy_timeout=500")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
        finally:
            cursor.execute("PRAGMA busy_timeout=20000")
    if busy:
        raise StillRead("The database is being read: its journal is emptied later.")
