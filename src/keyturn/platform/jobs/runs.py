"""What a job's function is given: who it is, where it resumes, and a way to report progress."""

import threading
from dataclasses import dataclass, field
from uuid import UUID

from keyturn.access.actors import Actor, system
from keyturn.platform.jobs.models import Job


class Interrupted(BaseException):
    """A running attempt must stop: time limit, or the job is no longer this worker's.

    Not an Exception, so that a job that survives every error does not survive this.
    """


class Hopeless(Exception):
    """Raised by a job that no further attempt can help: it fails at once."""


@dataclass(slots=True)
class Run:
    """One attempt at one job. `processed` and `total` stand where the attempt before left them.

    `stop` is set when the worker is asked to end: a job that can leave the rest to another one then does.
    """

    uuid: UUID
    kind: str
    attempt: int
    claim: UUID
    environment: str = ""
    processed: int = 0
    total: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    actor: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.actor = system(self.kind, self.environment)

    def report(self, processed: int, total: int) -> None:
        """Record how far the job is; belongs into the transaction of the slice it counts.

        Raises Interrupted when another attempt has taken the job over.
        """
        held = Job.objects.filter(uuid=self.uuid, claim=self.claim, status=Job.Status.PROCESSING)
        if not held.update(processed=processed, total=total):
            raise Interrupted("Another worker has taken this job over.")
        self.processed, self.total = processed, total
