"""What is measured: WSGI applications that granian serves as `tests.bench.apps:NAME`."""

from collections.abc import Iterable

from keyturn.config.wsgi import application as signed

# isort: split
# Models can be imported only once the line above has set Django up.
from django.db import connection

from keyturn.api import envelope, verdicts
from keyturn.api.gate import Gate
from keyturn.api.transport import BODY_LIMIT, Environ, StartResponse, answer, read_body, read_call
from keyturn.config.observed import Observed
from keyturn.core import clock, crypto
from keyturn.core.text import key_start
from keyturn.licensing.licenses import facts
from keyturn.licensing.licenses.models import Activation, License
from keyturn.people.apikeys import authentication
from keyturn.people.apikeys.models import ApiKey
from keyturn.platform.logs.models import RequestLog
from keyturn.platform.preferences import services as preferences

__all__ = ["hello", "orm", "signed", "unsigned"]


def _nobody(*_: object) -> None:
    """Leaves every answer unsigned."""


# Observed like the product itself.
unsigned = Observed(Gate(signed, choose=_nobody), lines=False)


def hello(environ: Environ, start: StartResponse) -> Iterable[bytes]:
    """The server and nothing else."""
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def orm(environ: Environ, start: StartResponse) -> Iterable[bytes]:
    """The gate's verify with its SQL left to Django's ORM; parsing, rules and envelope are the gate's own."""
    call = read_call(environ, "verify", read_body(environ, BODY_LIMIT))
    at, given = clock.now(), call.params
    connection.ensure_connection()
    key = ApiKey.objects.filter(key_hash=crypto.token_hash(call.secret)).first()
    columns = tuple(getattr(key, name) for name in authentication.COLUMNS) if key else None
    credential = authentication.from_row(columns) if columns else None
    objection = authentication.objection(credential, ip=call.ip, capability="verify", at=at)
    license = device = None
    if key is not None and not objection:
        rows = License.objects.select_related("product", "customer")
        license = rows.filter(environment=key.environment, license_key=given.get("license_key")).first()
    if license is not None:
        active = Activation.objects.filter(license=license, status="active")
        device = active.filter(identifier=given.get("identifier")).first()
    known = facts.Facts(
        credential,
        facts.of_license(license, None) if license else None,
        facts.of_activation(device) if device else None,
        preferences.read(),
    )
    asked = verdicts.ask("verify", given, at)
    result = verdicts.result(asked, known, verdicts.judge(asked, known))
    if device is not None and result.code == 200:
        Activation.objects.filter(pk=device.pk).update(last_verified_at=at, last_ip=call.ip)
    RequestLog.objects.create(
        at=at,
        environment=key.environment if key else "",
        endpoint="verify",
        code=result.code,
        status=result.status,
        api_key_id=key.pk if key else None,
        license_id=license.pk if license else None,
        key_start=key_start(given.get("license_key", "")),
        ip=call.ip,
        request_id=call.request_id,
        micros=call.micros(),
    )
    text = envelope.render(result, profile="document", timestamp=int(at.timestamp()), signer=None, user_agent="")
    return answer(start, environ, result.status, text)
