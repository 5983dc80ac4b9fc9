"""Offline licenses: issuing one, and what was issued."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid, Refused
from keyturn.core.ids import parse_uuid
from keyturn.licensing.licenses.models import License
from keyturn.licensing.offline import services
from keyturn.licensing.offline.models import IssuedFile
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.offline import OfflineFileForm
from keyturn.portals.admin.issued_files import issued_rows
from keyturn.portals.admin.offline_list import OFFLINE_FILES, offline_source
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.views.license_changes import find_license
from keyturn.portals.ui.fields import add_errors

SECTION = "Licenses"
FILES_SHOWN = 50


@page(Permission.MANAGE_LICENSES)
def offline_files(request: AdminRequest) -> HttpResponse:
    """Every file of the environment, to find what to issue again (OFF-18, OFF-40)."""
    return OFFLINE_FILES.respond(request, offline_source(request.actor), {"section": SECTION})


@page(Permission.MANAGE_LICENSES, "GET", "POST")
@never_cache
def offline_file(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The form, above what was issued before; posting it answers with the file (OFF-11, OFF-12)."""
    license, posted = find_license(request, uuid), request.method == "POST"
    form = OfflineFileForm(request.POST if posted else None, initial=OfflineFileForm.start(_again(request, license)))
    if posted and form.is_valid():
        try:
            text = services.issue(request.actor, license, form.terms())
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            headers = {"Content-Disposition": f'attachment; filename="{services.FILE_NAME}"'}
            return HttpResponse(text, content_type="application/json", headers=headers)
    files = list(_files(license)[: FILES_SHOWN + 1])
    context = {
        "section": SECTION,
        "license": license,
        "form": form,
        "obstacle": services.why_not(license),
        "rows": issued_rows(files[:FILES_SHOWN]),
        "more": len(files) > FILES_SHOWN,
    }
    return render(request, "admin/licenses/offline_file.html", context, status=422 if posted else 200)


def _again(request: AdminRequest, license: License) -> IssuedFile | None:
    uuid = parse_uuid(request.GET.get("again", ""))
    return license.offline_files.filter(uuid=uuid).first() if uuid else None


def _files(license: License) -> QuerySet[IssuedFile]:
    return license.offline_files.select_related("license").order_by("-issued_at", "-id")
