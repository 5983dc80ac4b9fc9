"""How the vendor shows in mails."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.addresses import base_url
from keyturn.platform.preferences.branding import brand as vendor


def brand(values: Mapping[str, Any] | None = None) -> dict[str, object]:
    """The common variables that do not depend on the recipient; `values` are settings read already."""
    settings = values or preferences.values()
    logo = vendor(settings).logo_url
    return {
        # Mail programs draw no SVG; the name stands there instead.
        "logo_url": "" if logo.endswith(".svg") or not logo else urljoin(base_url(settings), logo),
        "app_name": settings["general.app_name"],
        "support_email": settings["general.support_email"] or settings["mail.sender_email"],
        "support_url": settings["general.support_url"],
        "portal_url": base_url(settings) + "/customer",
    }
