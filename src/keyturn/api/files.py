"""The members of an answer that carry the offline file, in both of its forms."""

from typing import Any

from keyturn.api.envelope import Result
from keyturn.licensing.licenses.facts import DeviceRecord, Facts, LicenseRecord
from keyturn.licensing.offline import document, licfile


def members(
    license: LicenseRecord, device: DeviceRecord, pair: str, features: Any, environment: str
) -> dict[str, str | None]:
    """Both forms, signed by the key pair of that UUID; `features` as the answer shows them.

    The block file is None when the pair is not RSA.
    """
    return {
        "licFileContent": licfile.content(license, device, pair=pair, features=features),
        "offline_license": document.for_device(license, device, pair, environment),
    }


def add(result: Result, known: Facts) -> None:
    """Put the file into a positive answer about a device, unless the product allows none."""
    license, device = known.license, known.device
    if result.code not in (200, 300, 301) or license is None or device is None or not isinstance(result.mirror, dict):
        return
    pair = license.product.pair
    if license.product.offline_allowed and pair:
        environment = known.key.environment if known.key else ""
        result.mirror.update(members(license, device, pair, result.mirror["features"], environment))
