"""What admins are told of API keys: first use, nearly used up, about to expire."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from keyturn.core.clock import now
from keyturn.people.apikeys import usage
from keyturn.people.apikeys.models import ApiKey
from keyturn.platform.notifications import intake
from keyturn.platform.notifications.kinds import Type
from keyturn.platform.notifications.notices import Notice
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.kinds import Days

# Later its first use is told no more: the note that it was told is not kept for ever.
_YOUNG: Final = timedelta(days=365)


def tell_of_use() -> int:
    """Tell of keys that were used for the first time, and of those that need most of their limit; how many lines."""
    told = [*_first_uses(), *_busy()]
    intake.tell_new(told)
    return len(told)


def warn_of_expiry() -> int:
    """Tell of keys that expire in as many days as the settings say for licenses; how many lines."""
    told = []
    for days in Days.read(preferences.text("notifications.expiry_days")):
        last = now() + timedelta(days=days)
        span = (last - timedelta(days=1), last)
        for key in ApiKey.objects.filter(is_active=True, expires_at__range=span):
            ends = "tomorrow" if days == 1 else f"in {days} days"
            expires = f"{key.expires_at:%Y-%m-%d}"
            text = "Make a new key and give it to the program in time."
            told.append(_notice(key, "expiring", f"API key expires {ends}: {key.name}", text, f"{days}:{expires}"))
    intake.tell_new(told)
    return len(told)


def _first_uses() -> Iterator[Notice]:
    used = ApiKey.objects.filter(created_at__gt=now() - _YOUNG, last_used_at__isnull=False)
    for key in used:
        text = "A program has called the API with it for the first time."
        yield _notice(key, "first_use", f"API key in use: {key.name}", text, "first")


def _busy() -> Iterator[Notice]:
    for key, share in usage.busy_keys():
        text = f"{share} % or more of its {key.rate_limit:,} requests a minute, for five minutes."
        title = f"API key at its limit: {key.name}" if share == 100 else f"API key near its limit: {key.name}"
        # Once a day: who needs a higher limit needs it for a while.
        yield _notice(key, f"limit_{share}", title, text, f"{now():%Y-%m-%d}")


def _notice(key: ApiKey, cause: str, title: str, text: str, once: str) -> Notice:
    return Notice(
        Type.INTEGRATION,
        f"api_key.{cause}",
        title,
        text,
        environment=key.environment,
        subject=("api_key", str(key.uuid)),
        link=("api_key", str(key.uuid)),
        once=f"api_key.{cause}:{key.uuid}:{once}",
    )
