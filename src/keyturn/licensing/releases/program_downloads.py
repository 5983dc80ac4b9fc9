"""Downloads by programs: what a license opens, and links that carry their own right (API v1, 11.9 and 11.10)."""

from typing import Final
from uuid import UUID

from keyturn.core.clock import now
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import DeviceStatus, Status
from keyturn.licensing.releases import entitlement, links
from keyturn.licensing.releases.links import Standing
from keyturn.licensing.releases.models import Release, ReleaseFile

OPEN, STOPPED, CLOSED, IDENTIFIER_MISSING, NO_ACTIVATION = 600, 203, 701, 215, 202
MISSING: Final = 700


def judge(license: License, identifier: str, *, optional: bool) -> int:
    """600, or the code of the first objection to a license read with its product: 203, 701, 215, 202.

    `optional`: a license in use may be asked about as a whole, without a device.
    """
    at = now()
    if license.product.killed_at:
        return STOPPED
    if any(rule(license, at) for rule in entitlement.LICENSE_RULES):
        return CLOSED
    if license.status == Status.ASSIGNED:
        return OPEN
    if not identifier:
        return OPEN if optional else IDENTIFIER_MISSING
    known = license.activations.filter(identifier=identifier, status=DeviceStatus.ACTIVE).exists()
    return OPEN if known else NO_ACTIVATION


def releases_of(license: License, version: str = "") -> list[Release]:
    """What the license opens, newest first, with files and product."""
    at = now()
    rows = Release.objects.visible(at).filter(product=license.product).select_related("product")
    rows = (rows.filter(version=version) if version else rows).prefetch_related("files").newest_first()
    return [release for release in rows if entitlement.judge(release, license, at).allowed]


def token(file: ReleaseFile, license: License, identifier: str) -> str:
    """A token of 15 minutes for one file, one license and one device."""
    return f"{file.uuid.hex}.{links.sign(file.uuid, _audience(license, identifier))}"


def file_of_token(text: str, license: License, identifier: str) -> UUID | None:
    """The file that a token opens for this license and device; None when it is forged or has expired."""
    named, _, signature = text.partition(".")
    try:
        file = UUID(hex=named)
    except ValueError:
        return None
    return file if links.check(signature, file, _audience(license, identifier)) == Standing.GOOD else None


def find_file(license: License, numeric_version: int, file: UUID | None) -> tuple[int, ReleaseFile | None]:
    """The file of a version: the one named, else the first; with 700 or 701 when there is none to have."""
    at = now()
    release = Release.objects.visible(at).filter(product=license.product, numeric_version=numeric_version).first()
    if release is None:
        return MISSING, None
    release.product = license.product
    if not entitlement.judge(release, license, at).allowed:
        return CLOSED, None
    files = release.files.filter(uuid=file) if file else release.files.all()
    found = files.first()
    if found is not None:
        found.release = release
    return (OPEN, found) if found else (MISSING, None)


def _audience(license: License, identifier: str) -> str:
    return f"license:{license.uuid}:{identifier}"
