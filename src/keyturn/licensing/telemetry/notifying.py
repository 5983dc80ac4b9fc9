"""What admins are told of telemetry: that a report speaks against itself."""

from keyturn.licensing.telemetry.models import TelemetryRecord
from keyturn.platform.notifications import intake
from keyturn.platform.notifications.kinds import Type
from keyturn.platform.notifications.notices import Notice


def flagged(record: TelemetryRecord) -> None:
    """Have a flagged report told, one line for a product; a report that is merely malformed is not told."""
    if not record.reasons:
        return
    product = record.product
    reasons = ", ".join(str(one).replace("_", " ") for one in record.reasons)
    license = str(record.license.uuid) if record.license else ""
    notice = Notice(
        Type.TELEMETRY,
        "telemetry.flagged",
        "Suspicious telemetry",
        f"{product.name if product else 'An unknown product'}: {reasons}",
        many=f"Reports of {product.name if product else 'unknown products'}",
        environment=record.environment,
        subject=("product", str(product.uuid) if product else ""),
        link=("license", license) if license else ("", ""),
        link_many=("product", str(product.uuid)) if product else ("", ""),
    )
    intake.tell([notice])
