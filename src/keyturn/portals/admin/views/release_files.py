"""Files of releases: taking them in piece by piece, and giving them out to admins."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.releases import downloads, links, uploads
from keyturn.licensing.releases.links import Standing
from keyturn.licensing.releases.models import ReleaseFile
from keyturn.platform.preferences.addresses import public_url
from keyturn.platform.storage import serving
from keyturn.platform.storage.places import Missing, Unavailable
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest


@page(Permission.MANAGE_RELEASES, "POST")
def begin(request: AdminRequest) -> HttpResponse:
    """Announce a file; the answer says where its pieces go and how long they are."""
    size = request.POST.get("size", "")
    wanted = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0
    try:
        file = uploads.begin(request.actor, name=request.POST.get("name", ""), size=wanted)
    except Invalid as refusal:
        return JsonResponse({"message": refusal.message}, status=422)
    return JsonResponse(_state(file), status=201)


@page(Permission.MANAGE_RELEASES, "GET", "POST")
def upload(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The next piece of a file, as the body of the request; a GET says where to go on."""
    file = uploads.find(request.actor, uuid)
    if file is None:
        raise Http404
    if request.method == "POST":
        offset = request.GET.get("offset", "")
        at = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 16 else -1
        try:
            file = uploads.take(request.actor, file, request, offset=at)
        except (Refused, OSError) as problem:
            message = problem.message if isinstance(problem, Refused) else "The connection broke off."
            return JsonResponse({"message": message}, status=409)
    return JsonResponse(_state(file))


@page(Permission.VIEW_RELEASES)
@never_cache
def download(request: AdminRequest, file: UUID) -> HttpResponse:
    """To a link of 15 minutes for this session; drafts, too, and nothing is counted (DLD-35)."""
    found = _find(request, file)
    signature = links.sign(found.uuid, _audience(request))
    url = reverse("admin:downloadable_content", args=[file])
    return redirect(f"{url}?{urlencode({'signature': signature})}")


@page(Permission.VIEW_RELEASES)
def content(request: AdminRequest, file: UUID) -> HttpResponseBase:
    """The file behind such a link."""
    found = _find(request, file)
    standing = links.check(request.GET.get("signature", ""), found.uuid, _audience(request))
    if standing == Standing.FORGED:
        raise Http404
    if standing == Standing.EXPIRED:
        raise Refused("This link has expired. Start the download again.")
    try:
        return serving.respond(request, found.stored, serving.part_of(request, found.stored))
    except Missing as problem:
        raise Http404 from problem
    except Unavailable as problem:
        raise Refused(f"The storage does not answer: {problem}.") from problem


@page(Permission.MANAGE_RELEASES, "POST")
@never_cache
def link(request: AdminRequest, file: UUID) -> HttpResponse:
    """A link for testers, good for 15 minutes for whoever has it (C3); for the copy button."""
    found = _find(request, file)
    signature = downloads.link_for_anybody(request.actor, found)
    url = public_url(reverse("public:file", args=[found.uuid]))
    return JsonResponse({"value": f"{url}?{urlencode({'signature': signature})}"})


def _find(request: AdminRequest, uuid: UUID) -> ReleaseFile:
    files = ReleaseFile.objects.in_scope(request.actor).select_related("release__product")
    return get_object_or_404(files, uuid=uuid)


def _audience(request: AdminRequest) -> str:
    return f"admin:{request.admin_session.uuid}"


def _state(file: ReleaseFile) -> dict[str, object]:
    return {
        "uuid": str(file.uuid),
        "url": reverse("admin:upload", args=[file.uuid]),
        "received": file.received,
        "piece": uploads.PIECE,
        "sha256": file.sha256,
    }
