"""Reading and changing settings; a change is seen by every process at its next read."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import require
from keyturn.core import crypto
from keyturn.core.errors import Invalid
from keyturn.platform.audit import services as audit
from keyturn.platform.pictures import services as pictures
from keyturn.platform.pictures.images import Image
from keyturn.platform.preferences import blocked as blocking
from keyturn.platform.preferences import rules
from keyturn.platform.preferences.blocked import Blocked
from keyturn.platform.preferences.kinds import Number, Setting
from keyturn.platform.preferences.models import Preference, Revision
from keyturn.platform.preferences.registry import SETTINGS, TABS, of_tab

TOPIC = "preferences"


def values(*names: str) -> dict[str, Any]:
    """The settings of these names, or all, with their values in force, secrets opened; in one query."""
    wanted = {name: SETTINGS[name] for name in names} or SETTINGS
    changed = dict(Preference.objects.filter(name__in=wanted).values_list("name", "value"))
    return {name: _opened(one, changed[name]) if name in changed else one.default for name, one in wanted.items()}


def load() -> tuple[dict[str, int], Blocked]:
    """The settings that are numbers, with their values in force, and whom the API turns away; in one query."""
    numbers = {name: one.default for name, one in SETTINGS.items() if isinstance(one, Number)}
    changed = dict(Preference.objects.filter(name__in=[*numbers, *blocking.NAMES]).values_list("name", "value"))
    lists = {name: changed.pop(name) for name in blocking.NAMES if name in changed}
    numbers |= changed
    return numbers, blocking.of(numbers | lists)


def read() -> dict[str, int]:
    """The settings that are numbers, with their values in force."""
    return load()[0]


def get(name: str) -> int:
    """The value in force of a number. Raises KeyError for an unknown name."""
    return int(_one(name))


def text(name: str) -> str:
    """The value in force of a text, address or choice, or the secret itself."""
    return str(_one(name))


def flag(name: str) -> bool:
    """Whether a toggle is on."""
    return bool(_one(name))


def is_set(name: str) -> bool:
    """Whether somebody gave this setting a value; how a page shows a secret."""
    return Preference.objects.filter(name=name).exists()


def set_value(name: str, value: Any) -> None:
    """Change one setting. Raises Invalid when it is outside its limits."""
    one = SETTINGS[name]
    try:
        cleaned = one.clean(value)
    except ValueError as error:
        raise Invalid({name: [str(error)]}) from error
    with transaction.atomic():
        _store(one, cleaned)
        bump(TOPIC)


def check(tab: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The cleaned values of a whole tab; an empty secret or picture stands for the stored one. Raises Invalid."""
    stored, cleaned, errors = values(), {}, {}
    for one in of_tab(tab):
        try:
            cleaned[one.name] = one.default if one.unavailable else one.clean(raw.get(one.name, ""))
        except ValueError as error:
            errors[one.name] = [str(error)]
        if one.kept and raw.get(one.name, "") in ("", b""):
            cleaned[one.name] = stored[one.name]
    errors = errors or rules.check(tab, cleaned)
    if errors:
        raise Invalid(errors)
    return cleaned


@transaction.atomic
def save(actor: Actor, tab: str, raw: Mapping[str, Any]) -> list[str]:
    """Change a tab as a whole; the names of what changed. Raises Invalid, and then nothing is saved."""
    permission = next(one.permission for one in TABS if one.name == tab)
    require(actor, permission)
    before, after = values(), {name: _kept_apart(name, value) for name, value in check(tab, raw).items()}
    changed = [name for name, value in after.items() if value != before[name]]
    for name in changed:
        _store(SETTINGS[name], after[name])
    if changed:
        bump(TOPIC)
        diff = {name: _shown(SETTINGS[name], before[name], after[name]) for name in changed}
        audit.record(actor, audit.Entry("settings.changed", ("settings", uuid5(NAMESPACE_URL, tab)), diff, note=tab))
    return changed


@transaction.atomic
def clear_results(actor: Actor) -> None:
    """Let no process give a validation result that it has kept (SET-22)."""
    require(actor, next(one.permission for one in TABS if one.name == "license"))
    bump(TOPIC)
    audit.record(actor, audit.Entry("settings.cache_cleared", ("settings", uuid5(NAMESPACE_URL, "license")), {}))


def bump(topic: str) -> None:
    """Tell every process that what it caches of `topic` is old. Call it in the change's transaction."""
    if not Revision.objects.filter(topic=topic).update(number=F("number") + 1):
        Revision.objects.bulk_create([Revision(topic=topic, number=1)], ignore_conflicts=True)


_kept: tuple[int, dict[str, int], Blocked] | None = None


def at_revision(number: int | None) -> dict[str, int]:
    """All numbers, from memory while `number`, the revision that the caller has just read, is unchanged."""
    global _kept
    revision = number or 0
    if _kept is None or _kept[0] != revision:
        _kept = (revision, *load())
    return _kept[1]


def blocked() -> Blocked:
    """Whom the API turns away, as `at_revision` last found it."""
    return _kept[2] if _kept else load()[1]


def forget() -> None:
    """Drop what this process keeps of the settings."""
    global _kept
    _kept = None


def _one(name: str) -> Any:
    one = SETTINGS[name]
    row = Preference.objects.filter(name=name).first()
    return one.default if row is None else _opened(one, row.value)


def _opened(one: Setting, stored: Any) -> Any:
    return crypto.unseal(stored).decode() if one.secret and stored else stored


def _store(one: Setting, value: Any) -> None:
    stored = crypto.seal(value.encode()) if one.secret and value else value
    Preference.objects.update_or_create(name=one.name, defaults={"value": stored})


def _kept_apart(name: str, value: Any) -> Any:
    return pictures.put(name, value) if isinstance(value, Image) else value


def _shown(one: Setting, before: Any, after: Any) -> Any:
    return "changed" if one.secret else [before, after]
