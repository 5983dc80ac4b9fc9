"""Whether an API key may be used: pure checks over what is known of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from uuid import UUID

from keyturn.core import crypto
from keyturn.people.apikeys.catalog import permits
from keyturn.people.apikeys.models import ApiKey

# The columns that `from_row` reads, in its order.
COLUMNS = [
    "id",
    "uuid",
    "name",
    "environment",
    "key_hash",
    "is_active",
    "expires_at",
    "capabilities",
    "ip_allow",
    "rate_limit",
    "default_product",
    "profile",
    "last_used_at",
    "customer_id",
]


@dataclass(slots=True)
class Credential:
    """An API key as found in the database, never changed afterwards; `customer_id` as in Actor."""

    id: int
    uuid: str
    name: str
    environment: str
    key_hash: str
    is_active: bool
    expires_at: datetime | None
    capabilities: Sequence[str]
    ip_allow: Sequence[str]
    rate_limit: int
    default_product: UUID | None
    profile: str
    last_used_at: datetime | None
    customer_id: int | None = None


# Who asks without a key: may do nothing that needs one, and sees what is in production.
NOBODY = Credential(0, "", "", "production", "", True, None, (), (), 0, None, "", None)


def find(secret: str) -> Credential | None:
    """The key of that secret, whatever its state."""
    digest = crypto.token_hash(secret)
    row = ApiKey.objects.filter(key_hash=digest).values_list(*COLUMNS).first()
    return from_row(row) if row and crypto.same(row[4], digest) else None


def from_row(row: Sequence[Any]) -> Credential:
    """A credential from the values of COLUMNS, as either engine returns them."""
    key = Credential(*row)
    # SQLite keeps it without hyphens; what is written down names it as everywhere else.
    key.uuid = str(key.uuid if isinstance(key.uuid, UUID) else UUID(key.uuid))
    key.expires_at = moment(key.expires_at)
    key.last_used_at = moment(key.last_used_at)
    if isinstance(key.capabilities, str):
        key.capabilities = _list(key.capabilities)
    if isinstance(key.ip_allow, str):
        key.ip_allow = _list(key.ip_allow)
    if isinstance(key.default_product, str):
        key.default_product = UUID(key.default_product)
    return key


@lru_cache(maxsize=1024)
def _list(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def moment(value: datetime | str | None) -> datetime | None:
    """A time as the drivers return it (SQLite: text without a zone), in UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value is None or value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def objection(key: Credential | None, *, ip: str, capability: str, at: datetime) -> int:
    """0, or the code of the first check that fails: 100, 101, 103, 102 (api-v1.md 3)."""
    if key is None:
        return 100
    if not key.is_active or (key.expires_at is not None and at > key.expires_at):
        return 101
    if key.ip_allow and not within(ip, tuple(key.ip_allow)):
        return 103
    if not permits(key.capabilities, capability, one_customer=key.customer_id is not None):
        return 102
    return 0


@lru_cache(maxsize=4096)
def within(ip: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is among addresses and ranges."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in ip_network(network, strict=False) for network in networks)
