"""Telling of releases on their day, and tidying up files that nobody can reach any more."""

import logging
from datetime import timedelta

from keyturn.access.actors import system
from keyturn.core.clock import now
from keyturn.licensing.releases import announcing, uploads
from keyturn.licensing.releases.models import ReleaseFile
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import every, schedule
from keyturn.platform.storage import services as storage
from keyturn.platform.storage.places import Missing, Unavailable

log = logging.getLogger(__name__)
# Uploads that no release took (O7).
KEPT = timedelta(hours=24)


@schedule(every(minutes=60))
@job(attempts=5, timeout=600, title="Remove files of deleted releases")
def remove_loose(run: Run) -> dict[str, int]:
    """Remove the bytes of files without a release. What the storage refuses is tried again."""
    removed = failed = 0
    for file in ReleaseFile.objects.loose(now() - KEPT).order_by("pk").iterator(chunk_size=100):
        try:
            if file.key:
                storage.place(file.storage).delete(file.key)
        except (Unavailable, Missing) as problem:
            log.warning("%s stays in the storage as %s: %s", file.uuid, file.key, problem)
            failed += 1
            continue
        uploads.path_of(file).unlink(missing_ok=True)
        file.delete()
        removed += 1
    if failed:
        raise RuntimeError(f"{failed} files could not be removed from the storage")
    return {"removed": removed}


@schedule(every(minutes=1))
@job(title="Announce releases on their day")
def announce_due(run: Run) -> dict[str, int]:
    """Publish the changelog entries of releases whose date has come."""
    return {"announced": announcing.due(system("releases"))}
