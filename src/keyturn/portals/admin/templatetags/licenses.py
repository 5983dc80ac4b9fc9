"""Template tags about licenses."""

from collections.abc import Mapping
from datetime import timedelta

from django import template

from keyturn.access.permissions import Permission, may
from keyturn.core.clock import now
from keyturn.core.text import mask_key
from keyturn.licensing.generators.models import Generator, in_words
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.verification import has_room
from keyturn.portals.admin.license_menu import Entry, entries
from keyturn.portals.ui.times import relative

register = template.Library()
_SOON = timedelta(days=30)


@register.filter
def masked(license: License) -> str:
    """The key, recognisable but of no use."""
    return mask_key(license.license_key)


@register.simple_tag
def cell(values: Mapping[str, str], field: str) -> str:
    """What a row of an import has under `field`."""
    return values.get(field) or "–"


@register.filter
def short_masked(license: License) -> str:
    """A masked key for narrow places, as in `PRO-…-8WZC`."""
    mask = mask_key(license.license_key)
    return mask.replace("••••-••••", "…").replace("••••", "…") if mask.strip("•") else mask


@register.filter
def short_uuid(uuid: object) -> str:
    """`0198c2f4…4b2e`."""
    text = str(uuid)
    return f"{text[:8]}…{text[-4:]}"


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
    """`in 21 days` when it expires within a month, else nothing."""
    at = license.expires_at
    return relative(at) if at is not None and now() < at <= now() + _SOON else ""


@register.filter
def period(row: License | Generator) -> str:
    """`1 year`, counted from assignment; nothing for what never ends."""
    return in_words(row.validity_count, row.validity_unit) if row.validity_count else ""


@register.filter
def no_end(license: License) -> str:
    """What stands for the date of a license without one: `Never`, or in stock its validity, as in `1 year`."""
    return (period(license) if license.status == Status.AVAILABLE else "") or "Never"


@register.simple_tag(takes_context=True)
def license_menu(context: template.Context, license: License) -> list[Entry]:
    """What this admin can do with the license."""
    return entries(context["request"].actor, license)


@register.simple_tag(takes_context=True)
def may_reveal(context: template.Context) -> bool:
    """Whether this admin may see whole keys."""
    return may(context["request"].actor, Permission.REVEAL_KEYS)
