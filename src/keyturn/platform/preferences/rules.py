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


STORAGE_NEEDS = {
    "local": (),
    "s3": ("storage.access_key", "storage.secret_key", "storage.region", "storage.bucket"),
    "s3_compatible": (
        *("storage.access_key", "storage.secret_key", "storage.region", "storage.bucket", "storage.endpoint"),
    ),
}


def missing_for_storage(values: Mapping[str, Any]) -> list[str]:
    """Names of the settings without which the chosen driver can store nothing."""
    return [name for name in STORAGE_NEEDS[values["storage.driver"]] if not values[name]]


# What is shown for the chosen driver and cannot be left empty with it. Only one of two S3 drivers takes an endpoint.
NEEDED_WHERE_SHOWN = {name for needs in MAIL_NEEDS.values() for name in needs} | set(STORAGE_NEEDS["s3"])


def check(tab: str, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """The errors of a tab whose settings are sound one by one."""
    needs = {"email": missing_for_mail, "storage": missing_for_storage}
    missing = needs[tab](values) if tab in needs else []
    return {name: ["This is required for the driver."] for name in missing}
