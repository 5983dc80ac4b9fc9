"""Taking in what products report. There is no function that changes or deletes a record (TEL-04)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db.models import Q

from keyturn.core.clock import now
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.licenses import verification
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.querysets import LicenseQuerySet
from keyturn.licensing.licenses.status import DeviceStatus, Status
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases.models import Release
from keyturn.licensing.telemetry import notifying
from keyturn.licensing.telemetry.models import Reason, TelemetryRecord
from keyturn.licensing.telemetry.report import DATA_LIMIT, RECEIVED_LIMIT, Report

_SLICE: Final = 5000
_BLANK: Final = {"ip": "", "user_agent": "", "user_identifier": "", "activation_identifier": "", "received": ""}


def receive(
    licenses: LicenseQuerySet,
    environment: str,
    report: Report,
    product: Product | None,
    *,
    ip: str,
    user_agent: str,
    grace: timedelta,
) -> TelemetryRecord:
    """Keep a report of software that knows an API key of `environment`, with what speaks against it.

    `licenses` are those that exist for the key. `product` is the one that the report names, if there is one;
    `grace` is how long licenses verify after expiry.
    """
    rows = licenses.select_related("customer").filter(license_key=report.license_key)
    license = rows.first() if report.license_key else None
    errors, reasons = report.errors(), _reasons(environment, report, license, grace)
    version = product is not None and _is_version(product, report.product_version)
    suspicious = bool(errors or reasons) or license is None or product is None or not version
    record = TelemetryRecord.objects.create(
        environment=environment,
        product=product,
        license=license,
        customer=license.customer if license else None,
        product_named=report.product_id[:100],
        **report.names(),
        data=report.data()[:DATA_LIMIT],
        received=report.json()[:RECEIVED_LIMIT],
        ip=ip,
        user_agent=user_agent[:255],
        is_correct_format=not errors,
        license_key_exists=license is not None,
        product_exists=product is not None,
        product_version_exists=version,
        has_red_flags=suspicious,
        reasons=reasons,
        errors=errors,
    )
    notifying.flagged(record)
    return record


def _is_version(product: Product, version: str) -> bool:
    """Whether a release or the changelog knows it, also one that is not published yet: testers report too."""
    named = {"product": product, "version": version}
    return Release.objects.filter(**named).exists() or Entry.objects.filter(**named).exists()


def _reasons(environment: str, report: Report, license: License | None, grace: timedelta) -> list[str]:
    if license is None:
        elsewhere = License.objects.exclude(environment=environment).filter(license_key=report.license_key)
        known = bool(report.license_key) and elsewhere.exists()
        return [Reason.ENVIRONMENT_MISMATCH if known else Reason.INVALID_LICENSE]
    devices = license.activations.filter(status=DeviceStatus.ACTIVE, identifier=report.activation_identifier)
    late = verification.is_expired(license.expires_at, now(), grace)
    judged = {
        Reason.BYPASSED_ACTIVATION: not report.activation_identifier or not devices.exists(),
        Reason.REVOKED_LICENSE: license.status == Status.REVOKED,
        Reason.EXPIRED_LICENSE: license.status == Status.EXPIRED or (late and license.status != Status.REVOKED),
    }
    return [reason for reason, applies in judged.items() if applies]


def forget(licenses: list[int], *, words: Iterable[str] = ()) -> int:
    """Blank what is personal in the records of these licenses; how many there were (CUS-33).

    Only for the deletion of their customer: numbers and flags stay as evidence. A license key stays unless
    it holds one of `words`.
    """
    rows = TelemetryRecord.objects.filter(license_id__in=licenses)
    for word in words:
        rows.filter(license_key__icontains=word).update(license_key="", **_BLANK)
    rows.filter(data_type="text").update(data="", **_BLANK)
    return rows.update(**_BLANK)


def forget_unknown(*, addresses: Iterable[str], words: Iterable[str]) -> None:
    """The same for records that named no known license: those from `addresses`, or with one of `words`."""
    his = Q(ip__in=list(addresses))
    for word in words:
        his |= Q(received__icontains=word) | Q(user_identifier__icontains=word)
    ids = list(TelemetryRecord.objects.filter(his, license=None).values_list("pk", flat=True))
    for start in range(0, len(ids), _SLICE):
        TelemetryRecord.objects.filter(pk__in=ids[start : start + _SLICE]).update(license_key="", data="", **_BLANK)
