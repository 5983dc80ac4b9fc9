"""What one license permits (docs/spec/api-v1.md 11.32, 11.34)."""

from keyturn.access.permissions import Permission
from keyturn.api import params, verdicts
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Line, Params
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.db import Shared
from keyturn.licensing.licenses import activations, facts, verification
from keyturn.licensing.licenses.models import License


class Check(Params):
    """Both stand in the address."""

    license_key: Line = ""
    name: Line = ""


@endpoint(
    "licenses/{license_key}/features/{name}",
    "GET",
    invalid=210,
    permissions=[Permission.VIEW_LICENSES],
    atomic=False,
)
def check_feature(context: Context, given: Check) -> Result:
    """Whether a usable license has a feature, and its value."""
    known = facts.read(
        Shared(), facts.Question(context.call.secret, params.storable(given.license_key), identifier=None)
    )
    license = known.license
    lookups.license(context, given.license_key)
    verdict = verification.feature(verdicts.question(known, context.at, None, optional=True))
    if verdict is not verification.VALID or license is None:
        return Result(verdict.code, {}, {"enabled": False, "feature": given.name, "valid": False})
    exists = given.name in license.features
    value = license.features.get(given.name)
    fields = {"feature": given.name, "enabled": bool(value), **({"value": value} if exists else {})}
    return Result(200, fields, {"value": None, **fields, "valid": True})


class One(Params):
    """The UUID of a license stands in the address."""

    license_uuid: Line = ""


@endpoint("licenses/{license_uuid}/deactivate-all", "POST", invalid=210, permissions=[Permission.DEACTIVATE])
def deactivate_all(context: Context, given: One) -> Result:
    """End every activation of a license."""
    uuid = params.identity(given.license_uuid)
    rows = License.objects.in_scope(context.actor).select_related("product", "customer")
    license = rows.filter(uuid=uuid).first() if uuid is not None and not isinstance(uuid, int) else None
    if license is None:
        return Result(210)
    context.product, context.license_id = license.product, license.pk
    ended = activations.end_all(context.actor, license)
    return Result(400, {"deactivated": ended}, {"deactivated": ended}) if ended else Result(401, {"deactivated": 0})
