"""Mails that tell a person what happened to his account."""

from datetime import datetime
from enum import StrEnum

from keyturn.core.clock import now
from keyturn.people.admins.models import Admin
from keyturn.people.customers.settings import settings_of
from keyturn.people.signin.accounts import Account
from keyturn.platform.mail import services as mail


class Alert(StrEnum):
    """What a person is told, in the words of the mail to an admin."""

    PASSWORD_CHANGED = "Password changed"  # noqa: S105 - a title
    TOTP_ON = "Two-factor sign-in turned on"
    TOTP_OFF = "Two-factor sign-in turned off"
    TOTP_RESET = "Two-factor sign-in reset"
    RECOVERY_USED = "A recovery code was used"
    RECOVERY_RENEWED = "New recovery codes were made"
    PASSKEY_ADDED = "A passkey was added"
    PASSKEY_REMOVED = "A passkey was removed"
    NEW_DEVICE = "New sign-in"


# Customers have a template for each; what has none they are not told by mail.
_TEMPLATES = {
    Alert.PASSWORD_CHANGED: "password-changed",
    Alert.TOTP_ON: "two-factor-enabled",
    Alert.TOTP_OFF: "two-factor-disabled",
    Alert.NEW_DEVICE: "new-sign-in",
}

# What a customer is told whatever he chose (CLP-61).
_MANDATORY = frozenset({Alert.PASSWORD_CHANGED, Alert.TOTP_OFF})


def send(account: Account, alert: Alert, ip: str, *, device: str = "") -> None:
    """Queue the mail, in the transaction of what it tells."""
    # The command line has no address.
    values = {"ip_address": ip or "the server", "occurred_at": in_words(now())}
    if isinstance(account, Admin):
        mail.queue("admin-security", to=account.email, variables={**values, "admin_name": account.name, "event": alert})
    elif alert in _TEMPLATES and (alert in _MANDATORY or settings_of(account).security_alerts):
        if alert == Alert.NEW_DEVICE:
            values["device_name"] = device
        variables = {**values, "customer_name": account.name}
        mail.queue(_TEMPLATES[alert], to=account.email, variables=variables, customer=account.uuid)


def in_words(moment: datetime) -> str:
    """A moment as mails name it, in UTC."""
    return f"{moment:%b} {moment.day}, {moment:%Y, %H:%M} UTC"
