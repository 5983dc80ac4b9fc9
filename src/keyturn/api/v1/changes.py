"""Changing and deleting licenses (docs/spec/api-v1.md 11.13, 11.14)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from keyturn.access.permissions import Permission
from keyturn.api import mirror
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Identity, Line, Map, Moment, Params, Whole, invalid, owner_named, required
from keyturn.api.v1.generators import limit, validity
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.licenses import services, terms
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers import services as customers

_Wanted = Annotated[
    Literal["available", "reserved", "assigned", "active", "blocked", "suspended", "inactive", "revoked"],
    BeforeValidator(lambda value: str(value).strip().lower()),
]
_OWNED = (Status.ASSIGNED, Status.ACTIVE)


class UpdateKey(Params):
    """What is absent stays as it is."""

    license_key: Line = ""
    product_id: Identity | None = None
    owner_name: Line = ""
    owner_email: Line = ""
    activation_limit: Whole | None = None
    validity: Annotated[Whole, Field(ge=0, le=36_500)] | None = None
    status: _Wanted | None = None
    assigned_at: Moment | None = None
    metadata: Map | None = None
    features: Map | None = None


@endpoint(
    "update-license-key",
    "POST",
    invalid=951,
    permissions=[
        Permission.MANAGE_LICENSES,
        Permission.ASSIGN_LICENSES,
        Permission.STOP_LICENSES,
        Permission.MANAGE_CUSTOMERS,
    ],
    gathers=True,
)
def update_license_key(context: Context, given: UpdateKey) -> Result:
    """Change a license: all that is given, or nothing."""
    license = lookups.license(context, given.license_key)
    if license is None:
        return Result(952)
    for change in (_move, _edit, _own, _retime, _set_status):
        with context.faults:
            change(context, license, given)
    license.refresh_from_db()
    return Result(950, {}, {"license": mirror.license_object(lookups.shown(license))})


def _move(context: Context, license: License, given: UpdateKey) -> None:
    if given.product_id is None:
        return
    product = lookups.product(context, given.product_id)
    if product is None:
        raise invalid("product_id")
    try:
        terms.move(context.actor, license, product)
    except Refused as error:
        raise Invalid({"product_id": [error.message]}) from error


def _edit(context: Context, license: License, given: UpdateKey) -> None:
    changes: dict[str, Any] = {
        name: value for name in ("metadata", "features") if (value := getattr(given, name)) is not None
    }
    most = limit(given.activation_limit)
    if most is not None:
        changes["activation_limit"] = most
    if changes:
        license.refresh_from_db()
        services.edit(context.actor, license, version=license.version, **changes)


def _own(context: Context, license: License, given: UpdateKey) -> None:
    if given.owner_email:
        with owner_named():
            services.transfer(context.actor, license, given.owner_email, name=given.owner_name)
    license.refresh_from_db()
    if given.owner_name and license.customer is not None and license.customer.name != given.owner_name:
        if context.actor.customer_id is not None:
            raise invalid("owner_name")
        with owner_named():
            customers.rename(context.actor, license.customer, given.owner_name)


def _retime(context: Context, license: License, given: UpdateKey) -> None:
    if given.validity is None and given.assigned_at is None:
        return
    try:
        terms.retime(context.actor, license, validity=validity(given.validity), assigned_at=given.assigned_at)
    except Invalid as error:
        raise Invalid({"validity": [text for texts in error.errors.values() for text in texts]}) from error


def _set_status(context: Context, license: License, given: UpdateKey) -> None:
    actor, status, wanted = context.actor, Status(license.status), given.status
    if wanted in ("available", "reserved"):
        if status in _OWNED:
            services.unassign(actor, license)
        terms.reserve(actor, license, wanted == "reserved")
    elif wanted in ("assigned", "active"):
        if status == Status.AVAILABLE:
            raise required("owner_email")
        if status == Status.SUSPENDED:
            services.reactivate(actor, license)
        elif status == Status.REVOKED:
            raise invalid("status")
    elif wanted in ("blocked", "suspended", "inactive"):
        services.suspend(actor, license, reason="Blocked through the API")
    elif wanted == "revoked":
        services.revoke(actor, license, reason="Revoked through the API")


class DeleteKey(Params):
    """Which license goes."""

    license_key: Line = ""


@endpoint("delete-license-key", "POST", invalid=851, permissions=[Permission.MANAGE_LICENSES])
def delete_license_key(context: Context, given: DeleteKey) -> Result:
    """Remove a license and its activations for good."""
    license = lookups.license(context, given.license_key)
    if license is None:
        return Result(851)
    services.delete_many(context.actor, [license])
    return Result(850)
