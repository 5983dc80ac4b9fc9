"""What takes too long for a page: large exports (CUS-41), and the traces of a deleted customer (CUS-43)."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from keyturn.core import journal
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.core.search import compact
from keyturn.licensing.licenses.search import ACTIVATIONS, LICENSES
from keyturn.licensing.telemetry import services as telemetry
from keyturn.operations.imports.models import Fault
from keyturn.operations.privacy import prepared as prepared_exports
from keyturn.operations.privacy import services
from keyturn.operations.privacy.models import PreparedExport
from keyturn.people.apikeys import idempotency
from keyturn.people.customers.search import CUSTOMERS
from keyturn.platform.jobs import services as jobs
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Hopeless, Run
from keyturn.platform.jobs.timetable import every, schedule
from keyturn.platform.logs.models import LogEntry, RequestLog

# Rows of the request log looked at in one statement.
_ROWS = 50_000
_LICENSES = 5000


@job(timeout=1800, title="Export of a customer's data")
def prepare_export(run: Run, *, uuid: str) -> None:
    """Make the file, and mail the link to it where that was asked for."""
    prepared = PreparedExport.objects.select_related("customer").filter(uuid=uuid, sealed="").first()
    # Deleted meanwhile, or made by an attempt that could not tell.
    if prepared is None or prepared.customer.erased_at:
        return
    run.report(0, 2)
    try:
        file = services.write(prepared.customer, prepared.format)
    except Refused as refusal:
        raise Hopeless(refusal.message) from refusal
    with transaction.atomic():
        run.report(1, 2)
        prepared_exports.finish(prepared, file)


@schedule(every(minutes=60))
@job(title="Expired data exports")
def remove_expired(run: Run) -> dict[str, int]:
    """Remove prepared exports whose time is over."""
    return {"removed": PreparedExport.objects.filter(expires_at__lt=now()).delete()[0]}


@job(attempts=10, timeout=3600, title="Traces of a deleted customer")
def remove_traces(run: Run, *, licenses: list[int], words: list[str], addresses: list[str]) -> None:
    """Remove internet addresses from requests and telemetry about his licenses, and from those that named none.

    `addresses` are those of his devices and sign-ins. What holds one of `words` goes too.

    On SQLite it ends with an empty write-ahead log and without pieces of his name in the search.
    """
    # Those first that named no license: once the others are blank, nobody knows his addresses any more.
    spelled = {spelling for one in words for spelling in (one, json.dumps(one)[1:-1])}
    his = {*addresses, *_addresses(licenses)}
    _blank(Q(license_id=None, ip__in=his))
    for part in _parts(licenses):
        _blank(Q(license_id__in=part))
        telemetry.forget(part, words=spelled)
    telemetry.forget_unknown(addresses=his, words=spelled)
    for word in spelled:
        reported = Fault.objects.annotate(text=Cast("values", TextField()))
        reported.filter(Q(reason__icontains=word) | Q(text__icontains=word)).delete()
    jobs.forget(spelled)
    idempotency.forget(spelled)
    for searched in (CUSTOMERS, LICENSES, ACTIVATIONS):
        compact(searched)
    journal.empty()


def _addresses(licenses: list[int]) -> Iterator[str]:
    for rows in _slices():
        for part in _parts(licenses):
            yield from rows.filter(license_id__in=part).order_by().values_list("ip", flat=True).distinct()


def _blank(condition: Q) -> None:
    for rows in _slices():
        rows.filter(condition).update(ip="")


def _slices() -> Iterator[QuerySet[Any]]:
    """Both logs with addresses, in slices: they are large, and nobody may wait for them.

    Where an admin acted from stays: that is about him.
    """
    logs: tuple[QuerySet[Any], ...] = (RequestLog.objects.all(), LogEntry.objects.exclude(category="dashboard"))
    for rows in logs:
        last = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
        first = rows.order_by("pk").values_list("pk", flat=True).first() or 0
        for start in range(first, last + 1, _ROWS):
            yield rows.filter(pk__gte=start, pk__lt=start + _ROWS).exclude(ip="")


def _parts(licenses: list[int]) -> Iterator[list[int]]:
    return (licenses[start : start + _LICENSES] for start in range(0, len(licenses), _LICENSES))
