"""The passes as jobs, and forgetting files that are no longer needed."""

from datetime import time, timedelta
from typing import Any

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.operations.imports import passes
from keyturn.operations.imports.models import Import
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import daily, schedule

# Files hold keys and addresses: they stay only as long as somebody may still want them.
_UNUSED, _FINISHED = timedelta(days=2), timedelta(days=30)


@job(queue="bulk", alone=True, attempts=5, timeout=3600, title="Check of a license import")
def check(run: Run, *, import_uuid: str, actor: dict[str, Any]) -> dict[str, int]:
    """The dry run of a large file."""
    of = Import.objects.filter(uuid=import_uuid, status=Import.Status.CHECKING).first()
    if of is None:
        return {}
    passes.check(of, run.report)
    return {"good": of.good, "faulty": of.faulty, "duplicates": of.duplicates}


@job(queue="bulk", alone=True, attempts=5, timeout=14_400, title="License import")
def carry_out(run: Run, *, import_uuid: str, actor: dict[str, Any]) -> dict[str, int]:
    """Go on where the import stands, whoever brought it there."""
    of = Import.objects.filter(uuid=import_uuid, status=Import.Status.RUNNING).first()
    if of is None:
        return {}
    # Whether he may was asked when he started it.
    author = Actor(
        actor["kind"], actor["id"], actor["label"], permissions=set(actor["permissions"]), environment=of.environment
    )
    passes.carry_out(author, of, run.report)
    return {"made": of.good, "faulty": of.faulty, "duplicates": of.duplicates}


@schedule(daily(time(2, 30)))
@job(timeout=600, title="Forget import files")
def forget(run: Run) -> dict[str, int]:
    """Remove files that nobody imported, and reports of imports that are long done."""
    unused = Import.objects.filter(started_at=None, created_at__lt=now() - _UNUSED)
    finished = Import.objects.filter(finished_at__lt=now() - _FINISHED)
    gone = 0
    for of in [*unused, *finished]:
        for block in of.blocks.values_list("pk", flat=True):
            of.blocks.filter(pk=block).delete()
        while some := list(of.faults.values_list("pk", flat=True)[:500]):
            of.faults.filter(pk__in=some).delete()
        of.delete()
        gone += 1
    return {"forgotten": gone}
