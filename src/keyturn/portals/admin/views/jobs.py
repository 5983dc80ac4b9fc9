"""Background jobs: what waits, runs, failed and is planned; retrying and deleting."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission
from keyturn.core.errors import Refused
from keyturn.platform.jobs import kinds, services
from keyturn.platform.jobs.models import Execution, Job
from keyturn.portals.admin import job_page
from keyturn.portals.admin.decorators import View, page
from keyturn.portals.admin.job_list import FAILED, RESULTS, failed_source, result_source
from keyturn.portals.admin.job_selection import pick
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses

_GONE = "Nothing to do: it was retried or deleted meanwhile"


@page(Permission.MANAGE_JOBS)
def jobs(request: AdminRequest) -> HttpResponse:
    """Figures, active jobs and failed ones."""
    return FAILED.respond(request, failed_source(), {**job_page.frame("admin:jobs"), **job_page.active()})


@page(Permission.MANAGE_JOBS)
def results(request: AdminRequest) -> HttpResponse:
    """What came of finished attempts; of those that are routine only when asked."""
    # Whoever searches may look for routine.
    routine = bool(request.GET.get("runs") or request.GET.get("search"))
    return RESULTS.respond(request, result_source(routine=routine), job_page.frame("admin:job_results"))


@page(Permission.MANAGE_JOBS)
def schedule(request: AdminRequest) -> HttpResponse:
    """When which task runs by itself."""
    context = {**job_page.frame("admin:job_schedule"), "tasks": job_page.tasks()}
    return render(request, "admin/jobs/schedule.html", context)


@page(Permission.MANAGE_JOBS)
def figures(request: AdminRequest) -> HttpResponse:
    """The figures alone, as the page asks for them again."""
    return render(request, "admin/jobs/_figures.html", job_page.figures())


@page(Permission.MANAGE_JOBS)
def active(request: AdminRequest) -> HttpResponse:
    """The active jobs alone."""
    return render(request, "admin/jobs/_active.html", job_page.active())


@page(Permission.MANAGE_JOBS)
def tasks(request: AdminRequest) -> HttpResponse:
    """The timetable alone."""
    return render(request, "admin/jobs/_tasks.html", {"tasks": job_page.tasks()})


@page(Permission.MANAGE_JOBS)
def exception(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The whole trace of a failed job."""
    job = get_object_or_404(Job.objects.failed(), uuid=uuid)
    return responses.dialog(request, "admin/jobs/exception.html", {"job": job, "title": kinds.title(job.kind)})


@page(Permission.MANAGE_JOBS, "POST")
def retry(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Run a failed job again."""
    title = _title(uuid)
    done = services.retry(request.actor, [uuid])
    return responses.done(request, f"{title} queued again" if done else _GONE)


@page(Permission.MANAGE_JOBS, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then remove a failed or waiting job."""
    title, job = _title(uuid), Job.objects.filter(uuid=uuid).first()
    if job is None:
        return responses.done(request, _GONE)
    if request.method == "POST":
        if services.delete(request.actor, [uuid]):
            return responses.done(request, f"{title} deleted")
        raise Refused("This job is running. Wait until it has finished.")
    return responses.dialog(request, "admin/jobs/delete.html", {"job": job, "title": title, "url": request.path})


def _title(uuid: UUID) -> str:
    """The readable name of a job that is or was there: it may have been run meanwhile."""
    rows = Job.objects.filter(uuid=uuid).values_list("kind", flat=True)
    kind = rows.first() or Execution.objects.filter(job=uuid).values_list("kind", flat=True).first()
    if kind is None:
        raise Http404
    return kinds.title(kind)


@dataclass(frozen=True)
class BulkChange:
    """A bulk action on failed jobs; `done` is what the toast says of it."""

    name: str
    act: Callable[[Actor, list[UUID]], int]
    done: str


def _dialog(change: BulkChange) -> View:
    @page(Permission.MANAGE_JOBS, "GET", "POST")
    def answer(request: AdminRequest) -> HttpResponse:
        picked = pick(request)
        refusal = ""
        if request.method == "POST":
            if not picked.changed(request):
                count = change.act(request.actor, picked.uuids)
                return responses.done(request, f"{count:,} job{'' if count == 1 else 's'} {change.done}")
            refusal = f"The list has changed: it holds {picked.words} now. Check and confirm again."
        context: dict[str, object] = {"picked": picked, "url": request.path, "refusal": refusal}
        return responses.dialog(request, f"admin/jobs/bulk_{change.name}.html", context, refused=bool(refusal))

    return answer


retry_many = _dialog(BulkChange("retry", services.retry, "queued again"))
delete_many = _dialog(BulkChange("delete", services.delete, "deleted"))
