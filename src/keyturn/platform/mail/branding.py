"""How the vendor shows in mails."""


def brand() -> dict[str, object]:
    """The common variables that do not depend on the recipient."""
    return {"app_name": "Keyturn", "support_email": "", "support_url": "", "portal_url": "", "logo_url": ""}
