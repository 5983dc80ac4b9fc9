"""Template tags of the Client Portal."""

from datetime import timedelta

from django import template

from keyturn.core.clock import now
from keyturn.core.text import mask_key
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.verification import has_room
from keyturn.portals.ui.times import relative

register = template.Library()
_SOON = timedelta(days=7)


@register.filter
def masked(license: License) -> str:
    """The key, recognisable but of no use."""
    return mask_key(license.license_key)


@register.filter
def full(license: License) -> str:
    """ "1" when no device fits any more, as `<c-usage>` takes it."""
    return "" if has_room(license.activation_limit, license.active_devices) else "1"


@register.filter
def past(license: License) -> bool:
    """Whether the expiry date has gone by."""
    return license.expires_at is not None and license.expires_at <= now()


@register.filter
def soon(license: License) -> str:
    """`in 5 days` when it expires within a week, else nothing (CLP-20)."""
    at = license.expires_at
    return relative(at) if at is not None and now() < at <= now() + _SOON else ""


@register.filter
def device_name(device: object) -> str:
    """What the software calls the installation, when it told."""
    details = getattr(device, "details", {})
    name = details.get("name") if isinstance(details, dict) else ""
    return name[:100] if isinstance(name, str) else ""


@register.filter
def device_version(device: object) -> str:
    """`v2.4.0` of the software on a device, when it told; else nothing."""
    details = getattr(device, "details", {})
    version = details.get("product_version") if isinstance(details, dict) else ""
    text = str(version or "")[:40]
    return f"v{text}" if text[:1].isdigit() else text
