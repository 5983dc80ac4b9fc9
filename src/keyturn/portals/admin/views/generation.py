"""The dialog that makes licenses: 1 to 100 at once, more as a job that is watched (GEN-20 to GEN-22)."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import trigger_client_event

from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.generators import formats
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.generators.services import check_ready
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.creation import BATCH_LIMIT
from keyturn.licensing.licenses.models import License
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import progress, worker_missing
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.views.generators import find_generator
from keyturn.portals.ui import responses
from keyturn.portals.ui.lists.export import ExportField, as_csv

# More than this is a job's work.
AT_ONCE = 100
START = "10"
_FIELDS = (
    ExportField("License Key", "license_key"),
    ExportField("License UUID", lambda row: str(row.uuid)),
    ExportField("Product", "product.name"),
    ExportField("Activation Limit", "activation_limit"),
    ExportField("Created", "created_at"),
)


@page(Permission.MANAGE_LICENSES, "GET", "POST")
def generate(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """How many, with a sample key that is new each time."""
    generator, posted = find_generator(request, uuid), request.method == "POST"
    typed = request.POST.get("quantity", "") if posted else START
    quantity, problem = _read(typed)
    if posted and quantity:
        try:
            return _make(request, generator, quantity)
        except (Invalid, Refused) as refusal:
            problem = refusal.message
    context: dict[str, object] = {"generator": generator, "url": request.path, "typed": typed, **_sample(generator)}
    context |= {"quantity": quantity, "problem": problem}
    return responses.dialog(request, "admin/generators/generate.html", context, refused=posted)


@page(Permission.MANAGE_LICENSES)
def check(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """What is said of the number while it is typed, with the button that names it."""
    quantity, problem = _read(request.GET.get("quantity", ""))
    context = {"quantity": quantity, "problem": problem, **_sample(find_generator(request, uuid))}
    return render(request, "admin/generators/_generate_foot.html", context)


@page(Permission.MANAGE_LICENSES)
def batch(request: AdminRequest, uuid: UUID, job: UUID) -> HttpResponse:
    """How far a large batch is."""
    generator, found = find_generator(request, uuid), progress(job)
    if found is None:
        raise Http404
    running = found.status in ("queued", "processing")
    context = {
        "generator": generator,
        "job": job,
        "progress": found,
        "running": running,
        "made": (found.result or {}).get("made", found.processed),
        "missed": (found.result or {}).get("failed", 0),
        "licenses": _licenses_of(generator),
        "stuck": found.status == "queued" and worker_missing(),
    }
    response = render(request, "admin/generators/_progress.html", context)
    return response if running else trigger_client_event(response, "listChanged", {})


@page(Permission.MANAGE_LICENSES)
def batch_file(request: AdminRequest, uuid: UUID, job: UUID) -> HttpResponseBase:
    """The keys of a large batch as a file; goes on record."""
    generator = find_generator(request, uuid)
    require(request.actor, Permission.REVEAL_KEYS)
    rows = License.objects.in_scope(request.actor).of_batch(generator.uuid, job).select_related("product")
    changes = {"list": "batch", "batch": str(job), "licenses": rows.count()}
    audit.record(request.actor, audit.Entry("list.exported", ("generator", generator.uuid), changes))
    response = StreamingHttpResponse(
        as_csv(_FIELDS, rows.order_by("pk").iterator()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="licenses-{job}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _make(request: AdminRequest, generator: Generator, quantity: int) -> HttpResponse:
    if quantity > AT_ONCE:
        job = services.generate_later(request.actor, generator, quantity)
        context: dict[str, object] = {"generator": generator, "job": job, "quantity": quantity}
        return responses.dialog(request, "admin/generators/progress.html", context)
    made = services.generate(request.actor, generator, quantity)
    count = len(made.licenses)
    detail = f"{made.failed} could not be made: every key that was drawn existed." if made.failed else ""
    text = f"{count} license{'' if count == 1 else 's'} generated"
    return responses.done(request, text, detail=detail, href=_licenses_of(generator))


def _licenses_of(generator: Generator) -> str:
    query = urlencode({"product": generator.product.uuid, "status": "available"})
    return f"{reverse('admin:licenses')}?{query}"


def _sample(generator: Generator) -> dict[str, object]:
    try:
        check_ready(generator)
    except Refused as refusal:
        return {"obstacle": refusal.message}
    return {"sample": formats.make_key(generator)}


def _read(typed: str) -> tuple[int, str]:
    text = typed.strip().replace(",", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
    if 1 <= number <= BATCH_LIMIT:
        return number, ""
    return 0, f"Enter a whole number from 1 to {BATCH_LIMIT:,}."
