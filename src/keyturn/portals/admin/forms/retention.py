"""The forms of retention policies. How many days are allowed is decided by the services."""

from collections.abc import Sequence

from django import forms

from keyturn.operations.retention.entities import ENTITIES
from keyturn.operations.retention.models import EntityType

SHORTCUTS = (7, 15, 30, 90, 180, 270, 365)
_LIMITS = "; ".join(f"{kind.label} {ENTITIES[kind].limits}" for kind in EntityType)


def _days(help_text: str) -> forms.CharField:
    attrs = {"autocomplete": "off", "inputmode": "numeric", "list": "days-shortcuts", "autofocus": True}
    missing = {"required": "Enter a whole number of days."}
    return forms.CharField(
        label="Retention Days",
        max_length=10,
        help_text=help_text,
        error_messages=missing,
        widget=forms.TextInput(attrs=attrs),
    )


def _enabled() -> forms.BooleanField:
    return forms.BooleanField(
        label="Enabled", required=False, initial=True, help_text="Off: the policy is kept, and nothing is purged."
    )


class PolicyForm(forms.Form):
    """How long, and whether it is carried out."""

    days = _days("")
    is_enabled = _enabled()

    def __init__(self, entity_type: str, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["days"].help_text = f"{ENTITIES[EntityType(entity_type)].limits} days."


class NewPolicyForm(forms.Form):
    """The same with the kind, of those that have no policy."""

    entity_type = forms.ChoiceField(label="Entity Type", error_messages={"invalid_choice": "Choose one of the list."})
    days = _days(f"{_LIMITS}.")
    is_enabled = _enabled()

    def __init__(self, free: Sequence[EntityType], *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        # Every kind is read, so that one which has a policy by now is refused with a link to it.
        chosen = self.fields["entity_type"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = EntityType.choices
        chosen.widget.choices = [(kind.value, kind.label) for kind in free]
