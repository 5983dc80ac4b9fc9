"""Handing licenses over to another customer, many in one call (docs/spec/api-v1.md 11.35)."""

from django.db.models import QuerySet

from keyturn.access.permissions import Permission
from keyturn.api.envelope import Result
from keyturn.api.v1.fields import Line, List, Params, invalid, owner_named, required
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.text import clean_email
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status

LARGEST = 10_000
_SLICE = 500


class Transfer(Params):
    """Either the licenses by key, or all that `from_email` owns."""

    owner_email: Line | None = None
    owner_name: Line = ""
    from_email: Line = ""
    license_keys: List | None = None


@endpoint(
    "transfer-license-keys",
    "POST",
    invalid=901,
    permissions=[Permission.ASSIGN_LICENSES, Permission.MANAGE_LICENSES],
)
def transfer_license_keys(context: Context, given: Transfer) -> Result:
    """Give up to 10,000 licenses to one customer: all of them, or none. Devices stay."""
    if given.owner_email is None:
        raise required("owner_email")
    licenses = _named(context, given.license_keys) if given.license_keys is not None else _owned(context, given)
    with owner_named():
        count = services.assign_many(context.actor, licenses, given.owner_email, name=given.owner_name)
    return Result(803, {"transferred": count}, {"transferred": count})


def _scope(context: Context) -> QuerySet[License]:
    return License.objects.in_scope(context.actor)


def _named(context: Context, given: list[object]) -> list[License]:
    keys = {key.strip() for key in given if isinstance(key, str)}
    if not 1 <= len(given) <= LARGEST or not all(isinstance(key, str) for key in given):
        raise invalid("license_keys")
    ordered = sorted(keys)
    found = [
        license
        for start in range(0, len(ordered), _SLICE)
        for license in _scope(context).filter(license_key__in=ordered[start : start + _SLICE]).only("pk")
    ]
    if len(found) != len(keys):
        raise invalid("license_keys")
    return found


def _owned(context: Context, given: Transfer) -> list[License]:
    if not given.from_email:
        raise required("license_keys")
    owned = _scope(context).filter(customer__email=clean_email(given.from_email, "from_email"))
    # A revoked license keeps its owner.
    found = list(owned.exclude(status=Status.REVOKED).only("pk")[: LARGEST + 1])
    if not 1 <= len(found) <= LARGEST:
        raise invalid("from_email")
    return found
