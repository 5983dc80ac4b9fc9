"""The preview of a license: what it is, what programs ask about it, a file to try offline (LIC-21)."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from keyturn.access.permissions import Permission, may
from keyturn.core.text import mask_key
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.offline import services as offline
from keyturn.people.signin.refusals import SignInRefused
from keyturn.platform.preferences.addresses import base_url
from keyturn.portals.admin import confirmation
from keyturn.portals.admin.api_samples import ENDPOINTS, LANGUAGES, SECRET, sample
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.device_rows import device_rows, silence
from keyturn.portals.admin.forms.signin import ConfirmPasswordForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.views.license_changes import find_license
from keyturn.portals.ui import responses

DEVICES_SHOWN = 10


@page(Permission.VIEW_LICENSES, "GET", "POST")
@never_cache
def preview(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The dialog; its sample alone when another language or request is chosen. It may ask who looks first."""
    license = find_license(request, uuid)
    if not confirmation.is_fresh(request) and (asked := _ask(request, license)):
        return asked
    endpoint, language = _asked(request)
    context = {
        "license": license,
        "endpoints": ENDPOINTS,
        "languages": LANGUAGES,
        "endpoint": endpoint,
        "language": language,
        "secret": SECRET,
        "sample": sample(license, language, endpoint, key=mask_key(license.license_key), base=base_url()),
    }
    if request.headers.get("HX-Target") == "sample":
        return render(request, "admin/licenses/_sample.html", context)
    devices = list(license.activations.active_first()[: DEVICES_SHOWN + 1])
    context |= {
        "devices": device_rows(devices[:DEVICES_SHOWN], silence()),
        "more_devices": len(devices) > DEVICES_SHOWN,
        "may_issue": may(request.actor, Permission.MANAGE_LICENSES),
        "no_file": offline.why_not(license),
    }
    return render(request, "admin/licenses/preview.html", context)


@page(Permission.REVEAL_KEYS, "POST")
@never_cache
def copy_sample(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The sample with the whole key in it, for the copy button; goes on record like any reveal."""
    confirmation.require(request)
    license: License = find_license(request, uuid)
    endpoint, language = _asked(request)
    key = services.reveal(request.actor, license)
    return JsonResponse({"value": sample(license, language, endpoint, key=key, base=base_url()).text})


@page(Permission.MANAGE_LICENSES, "POST")
@never_cache
def offline_file(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The offline file to try with; a form posts for it, because issuing goes on record."""
    confirmation.require(request)
    text = offline.issue_test(request.actor, find_license(request, uuid))
    headers = {"Content-Disposition": 'attachment; filename="license.lic"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


def _ask(request: AdminRequest, license: License) -> HttpResponse | None:
    """The dialog that wants the password, until the right one is posted."""
    posted = request.method == "POST"
    form = ConfirmPasswordForm(request.POST if posted else None)
    if posted and form.is_valid():
        try:
            confirmation.confirm(request, form.cleaned_data["password"])
        except SignInRefused as refusal:
            form.add_error("password", refusal.message)
        else:
            return None
    context: dict[str, object] = {"license": license, "form": form, "url": request.path}
    return responses.dialog(request, "admin/licenses/preview_password.html", context, refused=posted)


def _asked(request: AdminRequest) -> tuple[str, str]:
    endpoint, language = request.GET.get("endpoint", ""), request.GET.get("language", "")
    return (
        endpoint if endpoint in dict(ENDPOINTS) else ENDPOINTS[0][0],
        language if language in dict(LANGUAGES) else LANGUAGES[0][0],
    )
