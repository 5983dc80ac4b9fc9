"""The address that access-downloadables hands out: it streams a file (docs/spec/api-v1.md 11.10)."""

import base64
import binascii
from collections.abc import Mapping
from uuid import UUID

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from keyturn.access.actors import Actor
from keyturn.api import devices, envelope, limits, signers
from keyturn.api.envelope import Result
from keyturn.api.transport import Call, Problem, read_call
from keyturn.api.v1.downloads import NOBODY
from keyturn.core import clock
from keyturn.licensing.licenses.models import License
from keyturn.licensing.releases import downloads, program_downloads
from keyturn.licensing.releases.models import ReleaseFile
from keyturn.people.apikeys import authentication
from keyturn.people.apikeys.authentication import Credential
from keyturn.platform.monitoring.instruments import ROUTE
from keyturn.platform.preferences import services as preferences
from keyturn.platform.storage import serving
from keyturn.platform.storage.places import Missing, Unavailable

_STATUS = {700: 404, 701: 403, 150: 429}
_CAPABILITY = "access-downloadables"


@csrf_exempt
def download(request: HttpRequest, token: str, license_key: str, identifier: str, number: str) -> HttpResponseBase:
    """The file of that version, or an envelope that says why not."""
    assert isinstance(request, WSGIRequest)
    request.META[ROUTE] = "api/v1/download"
    if request.method not in ("GET", "HEAD"):
        return _problem(Problem(405, "METHOD_NOT_ALLOWED", "Use GET for this endpoint.", Allow="GET, HEAD"))
    call = read_call(request.environ, "download", b"")
    wait = limits.wait(authentication.NOBODY, call.ip, None, preferences.read())
    if wait:
        return _refusal(request, call, Result(150, status=429, retry_after=wait), None)
    device = _device(identifier)
    license, named = _right(call, token, license_key, device)
    if license is None or program_downloads.judge(license, device, optional=True) != program_downloads.OPEN:
        return _refusal(request, call, Result(701), license)
    code, file = program_downloads.find_file(license, int(number), named)
    if file is None:
        return _refusal(request, call, Result(code), license)
    return _send(request, call, file, license)


def _send(request: HttpRequest, call: Call, file: ReleaseFile, license: License) -> HttpResponseBase:
    part = serving.part_of(request, file.stored)
    try:
        response = serving.respond(request, file.stored, part)
    except (Missing, Unavailable):
        return _refusal(request, call, Result(700), license)
    if response.status_code == 503:
        busy = {"Retry-After": response["Retry-After"]}
        return _problem(Problem(503, "SERVER_ERROR", "Too many downloads are running. Try again in a minute.", **busy))
    if serving.is_download(request, part, response):
        actor = Actor("api_key", label="download link", environment=license.environment, ip=call.ip)
        downloads.record(actor, file, license)
    # Django's log of requests would hold the license key.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _right(call: Call, token: str, license_key: str, device: str) -> tuple[License | None, UUID | None]:
    """The license that the address may use, and the file that its token names; an API key names none."""
    rows = License.objects.select_related("product", "customer").filter(license_key=license_key)
    for license in rows:
        if (file := program_downloads.file_of_token(token, license, device)) is not None:
            return license, file
    key = authentication.find(token)
    if key is None or authentication.objection(key, ip=call.ip, capability=_CAPABILITY, at=clock.now()):
        return None, None
    return rows.in_scope(devices.actor(key, call)).first(), None


def _device(segment: str) -> str:
    """The identifier behind its Base64; empty for none, and for what is no Base64."""
    if segment == NOBODY:
        return ""
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=None, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _refusal(request: HttpRequest, call: Call, result: Result, license: License | None) -> HttpResponse:
    key: Credential = authentication.NOBODY
    profile = envelope.profile(call.user_agent, call.wish, "")
    signer = signers.choose(key, None, license.product.uuid if license else None)
    stamp = int(clock.now().timestamp())
    body = envelope.render(result, profile=profile, timestamp=stamp, signer=signer, user_agent=call.user_agent)
    status = _STATUS.get(result.code, 403)
    return _json(body, status, {"Retry-After": str(result.retry_after)} if result.retry_after else {})


def _problem(problem: Problem) -> HttpResponse:
    return _json(problem.body, problem.status, problem.headers)


def _json(body: bytes, status: int, headers: Mapping[str, str]) -> HttpResponse:
    more = {"Cache-Control": "no-store", **headers}
    response = HttpResponse(body, status=status, content_type="application/json", headers=more)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
