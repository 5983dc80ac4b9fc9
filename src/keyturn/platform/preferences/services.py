"""Reading and changing settings; a change is seen by every process at its next read of the revision."""

from django.db import transaction
from django.db.models import F

from keyturn.core.errors import Invalid
from keyturn.platform.preferences.models import Preference, Revision
from keyturn.platform.preferences.registry import SETTINGS

TOPIC = "preferences"


def read() -> dict[str, int]:
    """All settings with their values in force."""
    changed = dict(Preference.objects.values_list("name", "value"))
    return {name: changed.get(name, setting.default) for name, setting in SETTINGS.items()}


def get(name: str) -> int:
    """The value in force of one setting. Raises KeyError for an unknown name."""
    setting = SETTINGS[name]
    row = Preference.objects.filter(name=name).values_list("value", flat=True).first()
    return setting.default if row is None else int(row)


def set_value(name: str, value: int) -> None:
    """Change one setting. Raises Invalid when the value is outside its limits."""
    setting = SETTINGS[name]
    if not setting.minimum <= value <= setting.maximum:
        raise Invalid({name: [f"Enter a number from {setting.minimum} to {setting.maximum}."]})
    with transaction.atomic():
        Preference.objects.update_or_create(name=name, defaults={"value": value})
        bump(TOPIC)


def bump(topic: str) -> None:
    """Tell every process that what it caches of `topic` is old. Call it in the change's transaction."""
    if not Revision.objects.filter(topic=topic).update(number=F("number") + 1):
        Revision.objects.bulk_create([Revision(topic=topic, number=1)], ignore_conflicts=True)


_kept: tuple[int, dict[str, int]] | None = None


def at_revision(number: int | None) -> dict[str, int]:
    """All settings, from memory while `number`, the revision that the caller has just read, is unchanged."""
    global _kept
    revision = number or 0
    if _kept is None or _kept[0] != revision:
        _kept = (revision, read())
    return _kept[1]


def forget() -> None:
    """Drop what this process keeps of the settings."""
    global _kept
    _kept = None
