"""The one Django view behind every management endpoint: authenticate, read, run, record, sign, answer."""

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from keyturn.api import blocks, calls, devices, envelope, limits, params, signers
from keyturn.api.envelope import Result
from keyturn.api.transport import Call, Problem, read_call
from keyturn.api.v1 import registry
from keyturn.api.v1.registry import Context, Endpoint
from keyturn.core import clock
from keyturn.core.db import Shared
from keyturn.core.errors import Invalid, Refused
from keyturn.core.http import note_request_id
from keyturn.core.text import key_start
from keyturn.licensing.licenses import record
from keyturn.licensing.offline.services import FILE_NAME
from keyturn.people.apikeys import authentication, idempotency
from keyturn.people.apikeys.authentication import Credential
from keyturn.people.apikeys.idempotency import Answered
from keyturn.platform.monitoring import instruments
from keyturn.platform.monitoring.instruments import ROUTE
from keyturn.platform.preferences import services as preferences

log = logging.getLogger(__name__)


@csrf_exempt
def entrance(request: HttpRequest, name: str = "") -> HttpResponse:
    """Any address below an API base path."""
    assert isinstance(request, WSGIRequest)
    request.META[ROUTE] = "api/v1"
    try:
        endpoint, said = registry.find(name, request.method or "")
        request.META[ROUTE] = f"api/v1/{endpoint.name}"
        call = read_call(request.environ, endpoint.name, request.body if request.method != "GET" else b"")
        call = replace(call, params={**call.params, **said}) if said else call
        return _respond(request, call, endpoint)
    except RequestDataTooBig:
        return _problem(request, Problem(413, "PAYLOAD_TOO_LARGE", "Send a smaller body."))
    except Problem as problem:
        return _problem(request, problem)
    except Exception as error:
        log.exception("The API failed")
        return _problem(request, Problem(500, "SERVER_ERROR", "Something went wrong on the server. Try again."), error)


def _respond(request: WSGIRequest, call: Call, endpoint: Endpoint) -> HttpResponse:
    at = clock.now()
    key = authentication.NOBODY if endpoint.public else authentication.find(call.secret)
    profile = envelope.profile(call.user_agent, call.wish, key.profile if key else "")

    def answer(result: Result, about: UUID | int | None = None) -> Answered:
        named = about or params.identity(params.value(call.params, "product_id"))
        signer = signers.choose(key, None, named)
        stamp = int(at.timestamp())
        body = envelope.render(result, profile=profile, timestamp=stamp, signer=signer, user_agent=call.user_agent)
        return Answered(result.code, result.status, body, result.retry_after)

    license_id: int | None = None
    errors: object = None
    is_file = False

    def work() -> Answered:
        nonlocal license_id, errors, is_file
        assert key is not None
        actor = replace(devices.actor(key, call), permissions=endpoint.permissions)
        context = Context(call, key, actor, profile, at, settings)
        result = _run(endpoint, context)
        result.wrapped = endpoint.wrapped
        license_id = context.license_id
        errors, is_file = result.fields.get("errors"), bool(result.file)
        return answer(result, context.product.uuid if context.product else None)

    settings, blocked = preferences.load()
    barred = None if endpoint.public else blocks.rule(call, blocked)
    code = 0 if endpoint.public else authentication.objection(key, ip=call.ip, capability=endpoint.name, at=at)
    if barred:
        answered = answer(Result(150, status=403))
    elif code or key is None:
        answered = answer(Result(code, status=401))
    elif wait := limits.wait(key, call.ip, None, settings):
        answered = answer(Result(150, status=429, retry_after=wait))
    elif call.token:
        try:
            answered = idempotency.once(key.id, endpoint.name, call.token, call.params, work)
        except idempotency.Reused:
            answered = answer(Result(160, status=409))
    else:
        answered = work()
    _record(call, key, answered, license_id)
    if license_id is None and not endpoint.public:
        blocks.note_wrong_key(call, key, answered.code, blocked)
    instruments.verdict(call.endpoint, answered.code)
    shown = {"code": answered.code, "status": answered.status, "sent": len(answered.body)}
    calls.note(call, key, **shown, license=(license_id, ""), errors=errors, barred=barred)
    more = {"Retry-After": str(answered.wait)} if answered.wait else {}
    if is_file:
        more["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    if endpoint.public and preferences.flag("changelog.public"):
        more["Access-Control-Allow-Origin"] = "*"
    return _json(request, answered.status, answered.body, more)


def _run(endpoint: Endpoint, context: Context) -> Result:
    """One transaction a call: a refusal or an error leaves nothing behind."""
    try:
        sent = context.call.params
        given = endpoint.params.gather(sent, context.faults) if endpoint.gathers else endpoint.params.read(sent)
        with transaction.atomic() if endpoint.atomic else nullcontext():
            result = endpoint.handler(context, given)
            context.faults.raise_if_any()
        return result
    except limits.Exceeded as error:
        return Result(150, status=429, retry_after=error.wait)
    except Invalid as error:
        context.faults.note(error)
    except Refused as error:
        context.faults.note(Invalid({"request": [error.message]}))
    return Result(endpoint.invalid, {"errors": context.faults.errors})


def _record(call: Call, key: Credential | None, result: Answered, license_id: int | None) -> None:
    known = key if key and key.id else None
    accepted = known if result.status == 200 else None
    row = record.LogRow(
        at=clock.now(),
        environment=key.environment if key else "",
        endpoint=call.endpoint,
        code=result.code,
        status=result.status,
        api_key_id=known.id if known else None,
        license_id=license_id,
        key_start=key_start(params.storable(params.text(call.params, "license_key")) or ""),
        ip=call.ip,
        request_id=call.request_id,
        micros=call.micros(),
    )
    record.write(Shared(), [record.Entry(row, key=accepted)])


def _problem(request: WSGIRequest, problem: Problem, error: Exception | None = None) -> HttpResponse:
    calls.note_problem(request.environ, problem, error)
    return _json(request, problem.status, problem.body, problem.headers)


def _json(request: WSGIRequest, status: int, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
    fixed = {"Cache-Control": "no-store", "X-Request-Id": note_request_id(request.environ)}
    response = HttpResponse(body, status=status, content_type="application/json", headers={**fixed, **headers})
    # Django would log the address of a refused request, and some addresses hold a license key.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
