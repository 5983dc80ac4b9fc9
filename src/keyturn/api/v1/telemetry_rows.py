"""The documented telemetry record."""

from typing import Any

from keyturn.api import mirror
from keyturn.licensing.telemetry.models import TelemetryRecord

_FLAGS = ("is_correct_format", "license_key_exists", "product_exists", "product_version_exists", "has_red_flags")


def record_row(record: TelemetryRecord) -> dict[str, Any]:
    """The documented record."""
    return {
        "id": record.pk,
        "uuid": str(record.uuid),
        "user_identifier": record.user_identifier,
        "license_key": record.license_key,
        "activation_identifier": record.activation_identifier,
        "product_id": record.product_id or record.product_named,
        "product_version": record.product_version,
        "data_type": record.data_type,
        "data_group": record.data_group,
        "data": record.data,
        **{name: int(getattr(record, name)) for name in _FLAGS},
        "reasons": record.reason_labels,
        "created_at": mirror.stamp(record.at),
        "updated_at": mirror.stamp(record.at),
    }
