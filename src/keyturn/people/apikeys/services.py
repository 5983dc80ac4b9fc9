"""Making and stopping API keys."""

from collections.abc import Sequence

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.access.scope import Environment
from keyturn.core import crypto
from keyturn.core.errors import Invalid
from keyturn.core.text import clean_line
from keyturn.people.apikeys.models import ALL, ApiKey
from keyturn.platform.audit import services as audit

_PREFIX = {
    Environment.PRODUCTION: "kt_live_",
    Environment.STAGING: "kt_stage_",
    Environment.DEVELOPMENT: "kt_dev_",
}


def create(
    actor: Actor, *, name: str, environment: str, capabilities: Sequence[str] = (ALL,), rate_limit: int = 60
) -> tuple[ApiKey, str]:
    """A new API key and its secret, which is shown once and never kept. Raises Invalid."""
    require(actor, Permission.MANAGE_API_KEYS)
    name = clean_line(name)
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name) <= 100:
        errors["name"] = ["Enter a name of 1 to 100 characters."]
    if environment not in Environment.values:
        errors["environment"] = ["Choose production, staging or development."]
    if not 0 <= rate_limit <= 1_000_000:
        errors["rate_limit"] = ["Enter requests a minute from 0 (no limit) to 1,000,000."]
    if not capabilities:
        errors["permissions"] = ["Choose at least one permission, or all."]
    if errors:
        raise Invalid(errors)
    secret = crypto.new_token(_PREFIX[Environment(environment)], 30)
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name,
            environment=environment,
            key_hash=crypto.token_hash(secret),
            prefix=secret[:14],
            capabilities=list(capabilities),
            rate_limit=rate_limit,
        )
        audit.record(
            actor,
            audit.Entry(
                "api_key.created",
                ("api_key", key.uuid),
                {
                    "name": [None, name],
                    "capabilities": [None, list(capabilities)],
                    "rate_limit": [None, rate_limit],
                },
                environment=environment,
            ),
        )
    return key, secret


def revoke(actor: Actor, key: ApiKey) -> None:
    """Stop a key for good; every process refuses it from its next request on."""
    require(actor, Permission.MANAGE_API_KEYS)
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, is_active=True).update(is_active=False):
            audit.record(
                actor,
                audit.Entry(
                    "api_key.revoked",
                    ("api_key", key.uuid),
                    {"is_active": [True, False]},
                    environment=key.environment,
                ),
            )
