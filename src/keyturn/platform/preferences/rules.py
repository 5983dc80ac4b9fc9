"""What must hold between the settings of one tab."""

from collections.abc import Mapping
from typing import Any

MAIL_NEEDS = {
    "smtp": ("mail.host", "mail.sender_email"),
    "sendmail": ("mail.sender_email",),
    "mailgun": ("mail.mailgun_domain", "mail.mailgun_key", "mail.sender_email"),
    "ses": ("mail.ses_key", "mail.ses_secret", "mail.ses_region", "mail.sender_email"),
}


def missing_for_mail(values: Mapping[str, Any]) -> list[str]:
    """Names of the settings without which the chosen driver can send nothing."""
    return [name for name in MAIL_NEEDS[values["mail.driver"]] if not values[name]]


def check(tab: str, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """The errors of a tab whose settings are sound one by one."""
    return {name: ["This is required for the driver."] for name in missing_for_mail(values)} if tab == "email" else {}
