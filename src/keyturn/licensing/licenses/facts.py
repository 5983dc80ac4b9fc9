"""One SQL read that tells everything a verdict and its answer need."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from keyturn.core import crypto
from keyturn.core.db import Database, Row
from keyturn.licensing.licenses.facts_statement import DEVICE, KEY, LICENSE, OWNER, PAIR, PRODUCT, statement
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import DeviceStatus
from keyturn.licensing.licenses.verification import LicenseFacts
from keyturn.licensing.products.models import Product
from keyturn.people.apikeys import authentication
from keyturn.people.apikeys.authentication import Credential, moment
from keyturn.platform.preferences import services as preferences


@dataclass(slots=True)
class ProductRecord:
    """The product of a license. `pair` is the UUID of the key pair that signs for it, or None."""

    id: int
    uuid: str
    name: str
    status: str
    killed_at: datetime | str | None
    identifier_required: bool
    offline_allowed: bool
    pair: str | None


@dataclass(slots=True)
class LicenseRecord:
    """A license with its owner and product, as answers show it."""

    id: int
    uuid: str
    license_key: str
    status: str
    reserved: bool
    expires_at: datetime | None
    assigned_at: datetime | None
    created_at: datetime | None
    activation_limit: int
    active_devices: int
    features: dict[str, Any]
    metadata: dict[str, Any]
    customer_email: str | None
    customer_name: str | None
    product: ProductRecord

    def facts(self) -> LicenseFacts:
        """What the rules judge."""
        return LicenseFacts(
            status=self.status,
            reserved=self.reserved,
            expires_at=self.expires_at,
            activation_limit=self.activation_limit,
            active_devices=self.active_devices,
            product_active=self.product.status == Product.Status.ACTIVE,
            product_killed=self.product.killed_at is not None,
        )


@dataclass(slots=True)
class DeviceRecord:
    """An activation, as answers show it."""

    id: int
    uuid: str
    identifier: str
    kind: str
    status: str
    activated_at: datetime | None
    deactivated_at: datetime | None


@dataclass(slots=True)
class Facts:
    """All that one request of verify, activate or deactivate needs to know.

    `license` is None when the key is unknown in the environment of `key`; `device` is its active
    activation of the identifier asked about. `installation` is the UUID of the installation's key pair,
    read only when there is no license. `basis` is all that was read but the API key: equal for equal facts,
    settings included.
    """

    key: Credential | None
    license: LicenseRecord | None
    device: DeviceRecord | None
    settings: dict[str, int]
    installation: str | None = None
    basis: Row = ()


_FEATURES, _METADATA = LICENSE.index("features"), LICENSE.index("metadata")
_KEY_END = len(KEY)
_LICENSE_END = _KEY_END + len(LICENSE)
_PRODUCT_START = _LICENSE_END + len(OWNER)
_PRODUCT_END = _PRODUCT_START + len(PRODUCT) + len(PAIR)
_DEVICE_END = _PRODUCT_END + len(DEVICE)


@dataclass(slots=True, frozen=True)
class Question:
    """Whose facts are wanted: `license_key` or `identifier` is None when the one given cannot exist."""

    secret: str
    license_key: str | None
    identifier: str | None


def read(database: Database, question: Question) -> Facts:
    """The facts for one question."""
    return read_all(database, [question])[0]


def read_all(database: Database, questions: Sequence[Question]) -> list[Facts]:
    """The facts for each question, by one statement whatever their number."""
    digests = [crypto.token_hash(each.secret) for each in questions]
    if database.vendor == "postgresql":
        keys, identifiers = [each.license_key for each in questions], [each.identifier for each in questions]
        rows = database.rows(statement("postgresql", 0), [digests, keys, identifiers])
    else:
        asked = zip(digests, questions, strict=True)
        values = [value for digest, each in asked for value in (digest, each.license_key, each.identifier)]
        rows = database.rows(statement("sqlite", len(questions)), values)
    rows.sort(key=_position)
    return [_facts(row, digest) for row, digest in zip(rows, digests, strict=True)]


def _position(row: Row) -> int:
    return int(row[-1])


def _facts(row: Row, digest: str) -> Facts:
    values = preferences.at_revision(row[-2])
    license = _license(row) if row[_KEY_END] is not None else None
    pair = row[_PRODUCT_END - 1]
    installation = _uuid(pair) if pair and license is None else None
    if row[0] is None or not crypto.same(row[4], digest):
        return Facts(None, None, None, values, installation)
    device = _device(row[_PRODUCT_END:_DEVICE_END]) if row[_PRODUCT_END] is not None else None
    return Facts(_credential(row[:_KEY_END]), license, device, values, installation, row[_KEY_END:-1])


# Most requests of a minute come with the same few keys, each of which is one unchanged row.
@lru_cache(maxsize=256)
def _credential(row: Row) -> Credential:
    return authentication.from_row(row)


def _license(row: Sequence[Any]) -> LicenseRecord:
    product = ProductRecord(*row[_PRODUCT_START:_PRODUCT_END])
    product.uuid = _uuid(product.uuid)
    product.pair = _uuid(product.pair) if product.pair else None
    values = [*row[_KEY_END:_PRODUCT_START], product]
    found = LicenseRecord(*values)
    found.uuid = _uuid(found.uuid)
    found.reserved = bool(found.reserved)
    found.expires_at = moment(found.expires_at)
    found.assigned_at = moment(found.assigned_at)
    found.created_at = moment(found.created_at)
    found.features = _object(values[_FEATURES])
    found.metadata = _object(values[_METADATA])
    return found


def _device(row: Sequence[Any]) -> DeviceRecord:
    device = DeviceRecord(*row)
    device.uuid = _uuid(device.uuid)
    device.activated_at = moment(device.activated_at)
    device.deactivated_at = moment(device.deactivated_at)
    return device


def _uuid(value: str) -> str:
    return value if len(value) == 36 else str(UUID(value))


def _object(text: str) -> dict[str, Any]:
    value = {} if text == "{}" else json.loads(text)
    return value if isinstance(value, dict) else {}


def of_license(found: License, pair: str | None) -> LicenseRecord:
    """The record of a license that the ORM has read; `pair` as in ProductRecord."""
    product = found.product
    owner = found.customer
    record = ProductRecord(
        product.pk,
        str(product.uuid),
        product.name,
        product.status,
        product.killed_at,
        product.identifier_required,
        product.offline_allowed,
        pair,
    )
    return LicenseRecord(
        found.pk,
        str(found.uuid),
        found.license_key,
        found.status,
        found.reserved,
        found.expires_at,
        found.assigned_at,
        found.created_at,
        found.activation_limit,
        found.active_devices,
        found.features,
        found.metadata,
        owner.email if owner else None,
        owner.name if owner else None,
        record,
    )


def of_activation(found: Activation) -> DeviceRecord:
    """The record of an activation that the ORM has read."""
    return DeviceRecord(
        found.pk,
        str(found.uuid),
        found.identifier,
        found.kind,
        found.status or DeviceStatus.ACTIVE,
        found.activated_at,
        found.deactivated_at,
    )
