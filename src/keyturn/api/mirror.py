"""The objects that answers show: license, activation, product, generator (docs/spec/api-v1.md 10)."""

from datetime import UTC, datetime
from typing import Any, Final

from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.facts import DeviceRecord, LicenseRecord
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product

# A refusal must not look like an active license to an SDK, whatever the internal state (9.6).
_REFUSED: Final = {201: "cancelled", 202: "cancelled", 203: "cancelled", 215: "cancelled", 205: "expired"}
_METHODS: Final = {"uuid": "uuid", "chunk": "chunk-system", "custom": "custom"}


def iso(at: datetime | None) -> str | None:
    """`2026-01-31T08:00:00Z`: UTC, no fraction."""
    return f"{at.astimezone(UTC).isoformat()[:19]}Z" if at else None


def stamp(at: datetime) -> str:
    """`2026-01-31T08:00:00.000000Z`, as documented rows show creation and change."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def limit(activation_limit: int) -> int:
    """Unlimited is 0 on the wire."""
    return max(activation_limit, 0)


def remaining(license: LicenseRecord) -> int | None:
    """Devices that may still be added; None when there is no limit."""
    if license.activation_limit < 1:
        return None
    return max(license.activation_limit - license.active_devices, 0)


def license_object(
    license: LicenseRecord, device: DeviceRecord | None = None, *, code: int = 0, usable: bool = False
) -> dict[str, Any]:
    """The SDK's license. `code` is a refusal's; `usable` adds the feature that Laravel's guard asks for."""
    features = {**license.features, "access": True} if usable else dict(license.features)
    if code:
        features = {}
    shown = {
        "license_key": license.license_key,
        "key": license.license_key,
        "uuid": license.uuid,
        "status": _status(license, code),
        "expires_at": iso(license.expires_at),
        "assigned_at": iso(license.assigned_at),
        "activation_limit": limit(license.activation_limit),
        "activations_limit": limit(license.activation_limit),
        "activations_count": license.active_devices,
        "features": features,
        "capabilities": sorted(name for name, value in features.items() if value is True),
        "metadata": license.metadata,
        "customer_email": license.customer_email,
        "customer_name": license.customer_name,
        "product_uuid": license.product.uuid,
        "product_name": license.product.name,
    }
    if device:
        shown["domain" if device.kind == "domain" else "hardware_id"] = device.identifier
    return shown


def _status(license: LicenseRecord, code: int) -> str:
    if code == 204:
        return "revoked" if license.status == Status.REVOKED else "suspended"
    if code in _REFUSED:
        return _REFUSED[code]
    return "reserved" if license.reserved else license.status


def unknown_license(license_key: str) -> dict[str, Any]:
    """The license of an answer 210."""
    return {
        "license_key": license_key,
        "key": license_key,
        "status": "revoked",
        "expires_at": None,
        "activations_count": 0,
        "features": [],
        "capabilities": [],
        "metadata": [],
    }


def activation(device: DeviceRecord) -> dict[str, Any]:
    """The SDK's activation."""
    return {
        "id": device.uuid,
        "uuid": device.uuid,
        "identifier": device.identifier,
        "domain" if device.kind == "domain" else "hardware_id": device.identifier,
        "status": device.status,
        "activated_at": iso(device.activated_at),
        "deactivated_at": iso(device.deactivated_at),
    }


def product_row(product: Product) -> dict[str, Any]:
    """The documented product."""
    return {
        "id": product.pk,
        "external_reference": product.external_reference,
        "source": "envato" if product.source == Product.Source.ENVATO else "internal",
        "name": product.name,
        "post_url": "",
        "description": product.description,
        "status": product.status,
        "require_non_expired": int(product.require_license),
        "created_at": stamp(product.created_at),
        "updated_at": stamp(product.updated_at),
        "meta_data": pairs(product.metadata),
        "uuid": str(product.uuid),
        "slug": product.slug,
    }


def product_object(product: Product) -> dict[str, Any]:
    """The SDK's product; read it with its features prefetched."""
    return {
        **product_row(product),
        "features": {feature.key: feature.default for feature in product.features.all()},
        "changelog_enabled": product.changelog_enabled,
        "image": "",
    }


def generator_row(generator: Generator) -> dict[str, Any]:
    """The documented generator; read it with its product."""
    return {
        "id": generator.pk,
        "uuid": str(generator.uuid),
        "product_id": generator.product_id,
        "product_uuid": str(generator.product.uuid),
        "name": generator.name,
        "method": _METHODS[generator.type],
        "prefix": generator.prefix,
        "suffix": generator.suffix,
        "function_name": generator.function_name,
        "number_of_chunks": -(-generator.length // max(generator.segment_length, 1)),
        "chunk_length": generator.segment_length,
        "activation_limit": limit(generator.activation_limit),
        "validity": days(generator.validity_count, generator.validity_unit),
        "status": int(generator.status == Generator.Status.ACTIVE),
        "charset": generator.charset,
        "created_at": stamp(generator.created_at),
        "updated_at": stamp(generator.updated_at),
    }


def contract_row(contract: Contract, licenses: int) -> dict[str, Any]:
    """The documented contract; `licenses` is how many it has."""
    return {
        "id": contract.pk,
        "uuid": str(contract.uuid),
        "name": contract.name,
        "information": contract.information,
        "contract_key": contract.contract_key,
        "license_keys_quantity": contract.quota,
        "product_id": contract.product_id,
        "can_get_info": int(contract.can_get_info),
        "can_generate": int(contract.can_generate),
        "can_destroy": int(contract.can_destroy),
        "can_destroy_all": int(contract.can_destroy_all),
        "status": contract.status,
        "created_at": stamp(contract.created_at),
        "updated_at": stamp(contract.updated_at),
        "license_keys_count": licenses,
    }


def days(count: int | None, unit: str) -> int:
    """A validity in days, as the wire knows it; 0 is for ever."""
    return (count or 0) * {"days": 1, "months": 30, "years": 365}[unit]


def pairs(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """Metadata as the documented rows show it."""
    return [{"key": name, "value": value} for name, value in metadata.items()]
