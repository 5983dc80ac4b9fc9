"""What admins are told of jobs: that one failed for good (JOB-10)."""

from collections.abc import Iterator, Sequence

from keyturn.platform.jobs.models import Job
from keyturn.platform.notifications.kinds import Type
from keyturn.platform.notifications.notices import Happening, Notice, tells


@tells("job.failed")
def failed(happened: Sequence[Happening]) -> Iterator[Notice]:
    """One line for a kind of job. About mail there is no mail: it would fail like the one it tells of."""
    kinds = dict(Job.objects.filter(uuid__in={one.subject[1] for one in happened}).values_list("uuid", "kind"))
    by_uuid = {str(uuid): kind for uuid, kind in kinds.items()}
    for one in happened:
        kind = by_uuid.get(one.subject[1], "")
        yield Notice(
            Type.SYSTEM,
            "job.failed",
            f"Background job failed: {one.note}",
            "It failed in its last attempt. Its exception stands under Background Jobs, where it can be retried.",
            environment=one.environment,
            subject=("job", kind or one.note),
            link=("jobs", ""),
            by_mail=bool(kind) and not kind.startswith("mail."),
        )
