"""Metadata of licenses and products, one entry at a time (docs/spec/api-v1.md 11.15, 11.20)."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keyturn.access.permissions import Permission
from keyturn.api import params, verdicts
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Identity, Line, Params
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.db import Shared
from keyturn.licensing.licenses import facts, services, verification
from keyturn.licensing.licenses.lifecycle import lock
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product


@dataclass(frozen=True, slots=True)
class Codes:
    """What one operation answers. `exists` is the answer to a key whose existence stands in the way."""

    no_key: int
    exists: int
    done: int
    no_value: int = 0


Change = Callable[[Mapping[str, Any]], dict[str, Any]]


class LicenseEntry(Params):
    """The identifier is read with its kind, elsewhere; the value may have any type."""

    license_key: Line = ""
    key: Line = ""


class ProductEntry(Params):
    """As above, of a product."""

    product_id: Identity | None = None
    key: Line = ""


@endpoint("create-license-key-meta", "POST", invalid=450, permissions=[Permission.MANAGE_LICENSES])
def create_license_key_meta(context: Context, given: LicenseEntry) -> Result:
    """Add an entry to a license."""
    return _change_license(context, given, Codes(450, 452, 453, 451), wanted=False)


@endpoint("update-license-key-meta", "POST", invalid=350, permissions=[Permission.MANAGE_LICENSES])
def update_license_key_meta(context: Context, given: LicenseEntry) -> Result:
    """Change an entry of a license."""
    return _change_license(context, given, Codes(350, 352, 353, 351), wanted=True)


@endpoint("delete-license-key-meta", "POST", invalid=250, permissions=[Permission.MANAGE_LICENSES])
def delete_license_key_meta(context: Context, given: LicenseEntry) -> Result:
    """Remove an entry from a license."""
    return _change_license(context, given, Codes(250, 251, 252), wanted=True)


@endpoint("create-product-meta", "POST", invalid=270, permissions=[Permission.MANAGE_CATALOG])
def create_product_meta(context: Context, given: ProductEntry) -> Result:
    """Add an entry to a product."""
    return _change_product(context, given, Codes(270, 272, 273, 271), unknown=274, wanted=False)


@endpoint("update-product-meta", "POST", invalid=370, permissions=[Permission.MANAGE_CATALOG])
def update_product_meta(context: Context, given: ProductEntry) -> Result:
    """Change an entry of a product."""
    return _change_product(context, given, Codes(370, 372, 373, 371), unknown=374, wanted=True)


@endpoint("delete-product-meta", "POST", invalid=480, permissions=[Permission.MANAGE_CATALOG])
def delete_product_meta(context: Context, given: ProductEntry) -> Result:
    """Remove an entry from a product."""
    return _change_product(context, given, Codes(480, 481, 482), unknown=483, wanted=True)


def _change_license(context: Context, given: LicenseEntry, codes: Codes, *, wanted: bool) -> Result:
    license = lookups.license(context, given.license_key)
    if license is None:
        return Result(210)
    objection = _objection(context, license)
    if objection:
        return Result(objection)
    license = lock([license])[0]
    refused, metadata = _changed(context, given.key, license.metadata, codes, wanted)
    if metadata is None:
        return Result(refused)
    services.edit(context.actor, license, version=license.version, metadata=metadata)
    ids = {"meta_id": _id(given.key)} if codes.no_value else {}
    return Result(codes.done, ids, ids)


def _change_product(context: Context, given: ProductEntry, codes: Codes, *, unknown: int, wanted: bool) -> Result:
    named = lookups.product(context, given.product_id)
    if named is None:
        return Result(unknown)
    product = Product.objects.select_for_update().get(pk=named.pk)
    refused, metadata = _changed(context, given.key, product.metadata, codes, wanted)
    if metadata is None:
        return Result(refused)
    products.update(context.actor, product, version=product.version, metadata=metadata)
    return Result(codes.done)


def _changed(
    context: Context, key: str, metadata: Mapping[str, Any], codes: Codes, wanted: bool
) -> tuple[int, dict[str, Any] | None]:
    """The metadata after the change; None, and the code that says why not, when it cannot be made."""
    value = params.value(context.call.params, "value")
    if not key:
        return codes.no_key, None
    if codes.no_value and value is None:
        return codes.no_value, None
    if (key in metadata) != wanted:
        return codes.exists, None
    if not codes.no_value:
        return codes.done, {name: kept for name, kept in metadata.items() if name != key}
    return codes.done, {**metadata, key: value if isinstance(value, str) else json.dumps(value)}


def _objection(context: Context, license: License) -> int:
    """The code of what the license's state says against the caller, or 0 (no 205: an expired one is open)."""
    identifier = params.identifier(context.call.params)
    device = identifier.text if identifier and identifier.usable else None
    known = facts.read(Shared(), facts.Question(context.call.secret, license.license_key, device))
    verdict = verification.standing(
        verdicts.question(known, context.at, identifier, optional=context.is_sdk and identifier is None)
    )
    return 0 if verdict is verification.FOUND else verdict.code


def _id(key: str) -> int:
    """A number for an entry, as the documented answer has one: the CRC-32 of its key."""
    return zlib.crc32(key.encode())
