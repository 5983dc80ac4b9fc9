"""Devices as tables show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyturn.core.clock import now
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.licenses.status import DeviceStatus
from keyturn.platform.preferences import services as preferences


@dataclass(frozen=True)
class DeviceRow:
    """A device; `abandoned` when it is active but was not heard of for long (CUS-14)."""

    device: Activation
    abandoned: bool


def silence() -> datetime:
    """A device not heard of since this moment may be abandoned."""
    return now() - timedelta(days=preferences.get("activations.abandoned_days"))


def device_rows(devices: Iterable[Activation], since: datetime) -> list[DeviceRow]:
    """Rows of a table of devices."""
    return [DeviceRow(device, _silent(device, since)) for device in devices]


def _silent(device: Activation, since: datetime) -> bool:
    return device.status == DeviceStatus.ACTIVE and (device.last_verified_at or device.activated_at) < since
