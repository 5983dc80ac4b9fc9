"""The time zone of this installation."""

from contextlib import AbstractContextManager
from zoneinfo import ZoneInfo

from django.utils import timezone

from keyturn.platform.preferences import services as preferences


def in_application_zone() -> AbstractContextManager[None]:
    """Inside, a day begins when it begins for the vendor, whoever looks."""
    return timezone.override(ZoneInfo(preferences.text("general.time_zone")))
