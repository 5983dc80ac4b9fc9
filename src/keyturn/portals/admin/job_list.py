"""The lists of background jobs: those that failed for good, and what came of finished attempts."""

from collections.abc import Sequence

from django.http import HttpRequest

from keyturn.platform.jobs import kinds
from keyturn.platform.jobs.kinds import QUEUES
from keyturn.platform.jobs.models import Execution, Job
from keyturn.portals.ui.lists import BulkAction, Column, Empty, ListPage, QuerySetSource, Select

REFRESH = 10
# The one driver there is; see docs/decisions.md.
CONNECTION = "database"


def failed_source() -> QuerySetSource[Job]:
    """Jobs that used up their attempts, in every environment."""
    return QuerySetSource(
        Job.objects.filter(status=Job.Status.FAILED),
        search=lambda rows, term: rows.search(term),
        sorts={"failed": "failed_at"},
    )


def result_source(*, routine: bool = False) -> QuerySetSource[Execution]:
    """Finished attempts of every environment, without or with `routine`."""
    return QuerySetSource(
        Execution.objects.all() if routine else Execution.objects.notable(),
        filters={"runs": lambda rows, value: rows},
        search=lambda rows, term: rows.search(term),
        sorts={"finished": "finished_at"},
    )


def _queues(request: HttpRequest) -> Sequence[tuple[str, str]]:
    return [(queue, queue) for queue in QUEUES]


FAILED = ListPage(
    name="jobs",
    # The figure above is "Failed Jobs"; screen readers tell landmarks apart by their names.
    title="List of failed jobs",
    noun=("failed job", "failed jobs"),
    columns=(
        Column("Job", "admin/jobs/_job_cell.html", slot="title"),
        Column("Queue", "queue", css="quiet"),
        Column("Connection", lambda row: CONNECTION, slot="off", css="quiet"),
        Column("Exception", "admin/jobs/_exception_cell.html", slot="line"),
        Column("Attempts", "attempts", css="quiet"),
        Column("Failed At", "admin/jobs/_failed_cell.html", css="quiet"),
        Column("Actions", "admin/jobs/_actions_cell.html", slot="end", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-failed",
    search="Search by job or exception...",
    searched="Names of jobs and exceptions were searched.",
    filters=(Select("queue", "Queue", _queues, every="All Queues"),),
    bulk=(
        BulkAction("Retry", "admin:jobs_retry", "rotate-ccw", "primary"),
        BulkAction("Delete", "admin:jobs_delete", "trash-2", "danger"),
    ),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: kinds.title(row.kind),
    refresh=REFRESH,
    template="admin/jobs/queue.html",
    empty=Empty("No failed jobs", "Jobs that used up all their attempts wait here for a decision.", "circle-check"),
)

RESULTS = ListPage(
    name="job_results",
    title="Recent results",
    noun=("result", "results"),
    columns=(
        Column("Job", "admin/jobs/_job_cell.html", slot="title"),
        Column("Queue", "queue", css="quiet"),
        Column("Result", "admin/jobs/_outcome_cell.html", slot="end"),
        Column("Start", "admin/jobs/_start_cell.html", css="quiet"),
        Column("End", "admin/jobs/_end_cell.html", css="quiet"),
        Column("Duration", "admin/jobs/_duration_cell.html", css="quiet tabular-nums"),
        Column("Attempts", "attempt", css="quiet"),
        Column("Message", "admin/jobs/_message_cell.html", slot="line"),
    ),
    default_sort="-finished",
    search="Search by job or message...",
    searched="Names of jobs and messages were searched.",
    filters=(
        Select("runs", "Runs", (("all", "Every Run"),), every="Without Routine"),
        Select("outcome", "Result", Execution.Outcome.choices, every="All Results"),
        Select("queue", "Queue", _queues, every="All Queues"),
    ),
    row_label=lambda row: kinds.title(row.kind),
    refresh=REFRESH,
    template="admin/jobs/results.html",
    empty=Empty(
        "No results yet",
        "Finished attempts at jobs appear here. What runs all day long and went well is found by Runs, Every Run.",
        "history",
    ),
)
