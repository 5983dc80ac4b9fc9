"""How the vendor shows in mails."""

from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.addresses import public_url


def brand() -> dict[str, object]:
    """The common variables that do not depend on the recipient."""
    settings = preferences.values()
    return {
        "app_name": settings["general.app_name"],
        "support_email": settings["general.support_email"],
        "support_url": settings["general.support_url"],
        "portal_url": public_url("/customer"),
    }
