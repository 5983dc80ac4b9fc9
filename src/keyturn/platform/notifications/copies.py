"""Notifications by e-mail, for those who want them."""

import logging
from collections.abc import Sequence

from django.db import transaction

from keyturn.platform.mail import services as mail
from keyturn.platform.notifications.models import Notification
from keyturn.platform.notifications.people import Person
from keyturn.platform.preferences.addresses import public_url

logger = logging.getLogger("keyturn.notifications")
TEMPLATE = "admin-notification"
# A mail cannot be taken back when somebody is deleted.
_UNNAMED = {"{customer}": "a customer", "{admin}": "an admin"}


def send(lines: Sequence[tuple[Person, Notification]]) -> None:
    """Queue a copy of each line. What goes wrong here leaves the inbox as it is (NTF-13)."""
    if not lines:
        return
    try:
        with transaction.atomic():
            mail.queue_many([_letter(admin, line) for admin, line in lines])
    except Exception:
        logger.exception("Notifications could not be mailed.")


def _letter(admin: Person, line: Notification) -> mail.Letter:
    variables = {
        "admin_name": admin.name,
        "event": unnamed(line.title),
        "details": unnamed(line.body) or line.get_type_display(),
        "action_url": public_url(f"/admin/notifications/{line.uuid}/open"),
        "environment": line.environment,
    }
    return mail.Letter(TEMPLATE, admin.email, variables, key=f"notification:{line.uuid}")


def unnamed(text: str) -> str:
    """A text without the name that it has room for."""
    for mark, words in _UNNAMED.items():
        text = text.replace(mark, words)
    return text
