"""Files for use without a network (docs/spec/api-v1.md 11.33, 11.34, 12)."""

from typing import Annotated, Any

from pydantic import Field

from keyturn.access.permissions import Permission
from keyturn.api import files, mirror, verdicts
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Flag, Line, Params, Whole
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.db import Shared
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.licenses import facts, verification
from keyturn.licensing.offline import document, services
from keyturn.licensing.offline.document import Terms


class File(Params):
    """The identifier is read with its kind, elsewhere."""

    license_key: Line = ""


@endpoint("get-license-file", "POST", invalid=501, permissions=[Permission.VIEW_LICENSES], atomic=False, wrapped=True)
def get_license_file(context: Context, given: File) -> Result:
    """Both forms of the offline file, for a device on which the license is in use."""
    if lookups.license(context, given.license_key) is None:
        return Result(501)
    asked = verdicts.ask("verify", context.call.params, context.at)
    known = facts.read(Shared(), facts.Question(context.call.secret, asked.storable, asked.device))
    verdict = verdicts.judge(asked, known)
    license, device = known.license, known.device
    if verdict is not verification.VALID or license is None or device is None:
        return verdicts.result(asked, known, verdict)
    pair = license.product.pair
    if not license.product.offline_allowed or pair is None:
        return Result(503)
    shown = mirror.license_object(license, device, usable=True)
    answer: dict[str, Any] = {
        **files.members(license, device, pair, shown["features"], context.key.environment),
        "filename": services.FILE_NAME,
        "license": shown,
    }
    return Result(502, {"data": answer}, answer)


class OfflineFile(Params):
    """What the file is bound to; nothing binds it by default."""

    license_key: Line = ""
    hardware_id: Line = ""
    domain: Line = ""
    usb_serial: Line = ""
    usb: Flag = False
    require_usb_connected: Flag | None = None
    grace_period_days: Annotated[Whole, Field(ge=0, le=365)] = document.GRACE_DAYS
    allow_grace_after_expiry: Flag = True
    environment: Line = ""


# The documented names of the services' fields.
_NAMES = {"grace_days": "grace_period_days"}


@endpoint("licenses/{license_key}/offline-file", "POST", invalid=503, permissions=[Permission.MANAGE_LICENSES])
def offline_file(context: Context, given: OfflineFile) -> Result:
    """The signed JSON of format 2.0, as a file; refusals come in the envelope."""
    license = lookups.license(context, given.license_key)
    if license is None:
        return Result(501)
    usb = given.usb or bool(given.usb_serial)
    terms = Terms(
        hardware_id=given.hardware_id,
        domain=given.domain,
        usb_serial=given.usb_serial,
        usb=usb,
        require_usb=usb if given.require_usb_connected is None else given.require_usb_connected,
        grace_days=given.grace_period_days,
        allow_grace=given.allow_grace_after_expiry,
    )
    try:
        text = services.issue(context.actor, license, terms, environment=given.environment)
    except Invalid as error:
        raise Invalid({_NAMES.get(name, name): texts for name, texts in error.errors.items()}) from error
    except Refused as error:
        return Result(503, {"reason": error.message})
    return Result(502, file=text)
