"""Making, changing and stopping API keys. Every process reads a key anew at each request."""

import secrets
import string
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.access.scope import Environment
from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import clean_line
from keyturn.people.apikeys import addresses
from keyturn.people.apikeys.catalog import ALL, ENDPOINTS, in_order
from keyturn.people.apikeys.models import DESCRIPTION_LENGTH, ApiKey
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit

HIGHEST_RATE: Final = 10_000
_LETTERS: Final = string.ascii_letters + string.digits
_PREFIX = {
    Environment.PRODUCTION: "kt_live_",
    Environment.STAGING: "kt_stage_",
    Environment.DEVELOPMENT: "kt_dev_",
}


def create(
    actor: Actor,
    *,
    name: str,
    environment: str,
    capabilities: Sequence[str] = (ALL,),
    rate_limit: int = 60,
    ip_allow: Sequence[str] = (),
    expires_at: datetime | None = None,
    description: str = "",
    customer: Customer | None = None,
    default_product: UUID | None = None,
) -> tuple[ApiKey, str]:
    """A new API key and its secret, which is shown once and never kept. Raises Invalid naming the fields.

    `rate_limit` is requests a minute; 0, for no limit, is for the operator of the machine alone. For a key
    with a `customer` only his licenses and devices exist. `default_product` signs what is about no product.
    """
    require(actor, Permission.MANAGE_API_KEYS)
    errors: dict[str, list[str]] = {}
    if environment not in Environment.values:
        errors["environment"] = ["Choose production, staging or development."]
    key = ApiKey(environment=environment, rate_limit=0 if actor.kind == "system" else 60)
    _set(
        key,
        errors,
        name=name,
        capabilities=capabilities,
        rate_limit=rate_limit,
        ip_allow=ip_allow,
        expires_at=expires_at,
        description=description,
        customer=customer,
        default_product=default_product,
    )
    if errors:
        raise Invalid(errors)
    secret = _renew(key)
    with transaction.atomic():
        key.save(force_insert=True)
        given = {field: [None, value] for field, value in _values(key).items() if value and field != "description"}
        _note(actor, key, "created", given)
    return key, secret


@transaction.atomic
def update(
    actor: Actor,
    key: ApiKey,
    *,
    name: str,
    capabilities: Sequence[str],
    rate_limit: int,
    ip_allow: Sequence[str],
    expires_at: datetime | None,
    description: str,
    customer: Customer | None,
    default_product: UUID | None,
) -> ApiKey:
    """Change all but the environment and the secret, from the next request on. Raises Invalid naming the fields."""
    require(actor, Permission.MANAGE_API_KEYS)
    key = _locked(key)
    errors: dict[str, list[str]] = {}
    before = _values(key)
    _set(
        key,
        errors,
        name=name,
        capabilities=capabilities,
        rate_limit=rate_limit,
        ip_allow=ip_allow,
        expires_at=expires_at,
        description=description,
        customer=customer,
        default_product=default_product,
    )
    if errors:
        raise Invalid(errors)
    changes: dict[str, Any] = {
        field: [before[field], value] for field, value in _values(key).items() if value != before[field]
    }
    if changes:
        key.save(update_fields=list(changes))
        # What people write about a key may name persons; the trail keeps no such text.
        _note(actor, key, "updated", changes | ({"description": True} if "description" in changes else {}))
    return key


@transaction.atomic
def regenerate(actor: Actor, key: ApiKey) -> tuple[ApiKey, str]:
    """The key with a new secret, shown once; the old one fails from now on."""
    require(actor, Permission.MANAGE_API_KEYS)
    key = _locked(key)
    before = key.prefix
    secret = _renew(key)
    key.save(update_fields=["key_hash", "prefix", "last_characters"])
    # By its beginning the log names a secret that is used on.
    _note(actor, key, "regenerated", {"name": key.name, "prefix": [before, key.prefix]})
    return key, secret


@transaction.atomic
def revoke(actor: Actor, key: ApiKey) -> None:
    """Stop a key; every process refuses it from its next request on."""
    require(actor, Permission.MANAGE_API_KEYS)
    _set_active(actor, key, False, "revoked")


@transaction.atomic
def enable(actor: Actor, key: ApiKey) -> None:
    """Let a revoked key work again; past its expiry it stays refused. Raises Refused without its customer."""
    require(actor, Permission.MANAGE_API_KEYS)
    if ApiKey.objects.filter(pk=key.pk, customer__erased_at__isnull=False).exists():
        raise Refused("The customer of this API key was deleted. Create a new key.")
    _set_active(actor, key, True, "enabled")


@transaction.atomic
def delete(actor: Actor, key: ApiKey) -> None:
    """Remove a key for good; its id and name stay in the audit trail, its number in the request log."""
    require(actor, Permission.MANAGE_API_KEYS)
    key = _locked(key)
    _note(actor, key, "deleted", {"name": [key.name, None], "prefix": [key.prefix, None]})
    key.delete()


def revoke_those_of(actor: Actor, customer: Customer) -> int:
    """Stop the keys of a customer who is being deleted; how many keys name him, stopped already or not."""
    require(actor, Permission.MANAGE_CUSTOMERS)
    keys = list(ApiKey.objects.select_for_update().filter(customer=customer))
    for key in keys:
        _set_active(actor, key, False, "revoked")
    return len(keys)


def _set(
    key: ApiKey,
    errors: dict[str, list[str]],
    *,
    name: str,
    capabilities: Sequence[str],
    rate_limit: int,
    ip_allow: Sequence[str],
    expires_at: datetime | None,
    description: str,
    customer: Customer | None,
    default_product: UUID | None,
) -> None:
    """Put the values in; what is wrong with them goes into `errors`."""
    name, description = clean_line(name), description.strip().replace("\x00", "")
    if not 1 <= len(name) <= 100:
        errors["name"] = ["Enter a name of 1 to 100 characters."]
    if not capabilities:
        errors["capabilities"] = ["Choose at least one permission."]
    elif unknown := set(capabilities) - ENDPOINTS - {ALL}:
        errors["capabilities"] = [f"There is no permission “{sorted(unknown)[0][:60]}”."]
    # A key that the machine's operator freed from the limit may stay so.
    if not 1 <= rate_limit <= HIGHEST_RATE and rate_limit != key.rate_limit:
        errors["rate_limit"] = ["Enter requests a minute from 1 to 10,000."]
    if expires_at is not None and expires_at != key.expires_at and expires_at <= now():
        errors["expires_at"] = ["Choose a day that is not over."]
    if len(description) > DESCRIPTION_LENGTH:
        errors["description"] = [f"Enter at most {DESCRIPTION_LENGTH} characters."]
    if customer is not None and customer.erased_at and customer != key.customer:
        errors["customer"] = ["This customer was deleted."]
    try:
        key.ip_allow = addresses.clean(ip_allow)
    except Invalid as problem:
        errors |= problem.errors
    key.name, key.description, key.rate_limit, key.expires_at = name, description, rate_limit, expires_at
    key.customer, key.default_product = customer, default_product
    key.capabilities = [ALL] if ALL in capabilities else in_order(capabilities)


def _renew(key: ApiKey) -> str:
    # Letters and digits alone: a double click marks all of it.
    secret = _PREFIX[Environment(key.environment)] + "".join(secrets.choice(_LETTERS) for _ in range(40))
    key.key_hash = crypto.token_hash(secret)
    key.prefix, key.last_characters = secret[:14], secret[-4:]
    return secret


def _values(key: ApiKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "capabilities": key.capabilities,
        "rate_limit": key.rate_limit,
        "ip_allow": key.ip_allow,
        "expires_at": key.expires_at and key.expires_at.isoformat(),
        "description": key.description,
        "customer": str(key.customer.uuid) if key.customer else None,
        "default_product": str(key.default_product) if key.default_product else None,
    }


def _locked(key: ApiKey) -> ApiKey:
    found = ApiKey.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=key.pk).first()
    if found is None:
        raise Refused("This API key was deleted.")
    return found


def _set_active(actor: Actor, key: ApiKey, active: bool, event: str) -> None:
    if ApiKey.objects.filter(pk=key.pk, is_active=not active).update(is_active=active):
        _note(actor, key, event, {"is_active": [not active, active]})


def _note(actor: Actor, key: ApiKey, event: str, changes: dict[str, Any]) -> None:
    entry = audit.Entry(f"api_key.{event}", ("api_key", key.uuid), changes, environment=key.environment)
    audit.record(actor, entry)
