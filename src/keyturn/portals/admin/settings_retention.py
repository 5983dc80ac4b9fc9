"""The days of two settings tabs: they are stored in the retention policy of the environment, and only there."""

from collections.abc import Iterator
from typing import Any, Final

from django import forms

from keyturn.access.permissions import Permission, may
from keyturn.core.errors import Invalid
from keyturn.operations.retention import services
from keyturn.operations.retention.entities import ENTITIES
from keyturn.operations.retention.models import EntityType
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.registry import Tab
from keyturn.portals.admin.forms.settings import Entry, Section, TabForm
from keyturn.portals.admin.sessions import AdminRequest

KINDS: Final = {
    "telemetry": (EntityType.TELEMETRY, "Storage Duration", "Days. Older records are removed daily; counts are kept."),
    "webhooks": (
        EntityType.DELIVERIES,
        "Webhook Retention Days",
        "Deliveries older than this are removed daily. Webhooks and counts stay.",
    ),
}
NAME, FIELD, CONFIRM = "retention.days", "retention-days", "confirm_purge"


class KeptForm(TabForm):
    """A tab with the days of a policy."""

    def __init__(self, request: AdminRequest, tab: Tab, *args: Any, locked: bool = False) -> None:
        super().__init__(tab, preferences.values(), *args, locked=locked)
        self.kind, label, text = KINDS[tab.name]
        self.environment = request.actor.environment
        self.before = services.days_of(self.environment, self.kind)
        self.open = not locked and may(request.actor, Permission.MANAGE_RETENTION)
        if not self.open:
            text = f"{text} Only a Super Admin may change it."
        self.fields[FIELD] = _field(self.kind, self.before, label, text, disabled=not self.open)
        self.initial[FIELD] = "" if self.before is None else self.before

    @property
    def days(self) -> str:
        """What was typed; empty where nothing may be, or need be, changed."""
        return str(self.data.get(FIELD, "")).strip() if self.open else ""

    def sections(self) -> Iterator[Section]:
        """Those of the tab, and the days of the environment."""
        yield from super().sections()
        yield Section(f"Retention in {self.environment.title()}", [Entry(self[FIELD])])

    def problems(self) -> dict[str, list[str]]:
        """What is wrong with the days."""
        if not self.open or (self.before is None and not self.days):
            return {}
        try:
            ENTITIES[self.kind].check(self.days)
        except Invalid as refusal:
            return {NAME: refusal.errors["days"]}
        return {}

    def loss(self) -> int:
        """Rows that the next purge would remove because less is kept than before (RET-06)."""
        if not self.days or self.problems() or CONFIRM in self.data:
            return 0
        days = ENTITIES[self.kind].check(self.days)
        if self.before is not None and days >= self.before:
            return 0
        return services.count_old(self.environment, self.kind, services.cutoff(days))

    def save_days(self, request: AdminRequest) -> list[str]:
        """Store the days in the policy; its name when they changed."""
        if not self.days or self.days == str(self.before):
            return []
        services.set_days(request.actor, self.kind, self.days)
        return [NAME]


def form_of(request: AdminRequest, tab: Tab, *args: Any, locked: bool = False) -> TabForm:
    """The form of a tab, with the days of a policy where it has some."""
    if tab.name in KINDS:
        return KeptForm(request, tab, *args, locked=locked)
    return TabForm(tab, preferences.values(), *args, locked=locked)


def _field(kind: EntityType, before: int | None, label: str, text: str, *, disabled: bool) -> forms.Field:
    entity = ENTITIES[kind]
    options: dict[str, Any] = {"label": label, "help_text": text, "required": False, "disabled": disabled}
    field: forms.Field
    if entity.choices:
        choices = [("", "Without limit")] if before is None else []
        field = forms.ChoiceField(choices=[*choices, *((days, f"{days} days") for days in entity.choices)], **options)
    else:
        field = forms.CharField(widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 5}), **options)
    # Marks the label; nothing is refused by it.
    field.required = before is not None
    field.clean = lambda value, initial=None: value  # type: ignore[method-assign, misc]
    return field
