"""The forms of a webhook. What is allowed is decided by the services."""

from typing import Any

from django import forms

from keyturn.access.scope import Environment
from keyturn.platform.webhooks.catalog import EVENTS, GROUPS
from keyturn.platform.webhooks.models import Webhook
from keyturn.platform.webhooks.services import DESCRIPTION_LENGTH, URL_LENGTH

_STATUSES = (("active", "Active"), ("inactive", "Inactive"))


class WebhookForm(forms.Form):
    """What can be changed at any time."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="What listens, such as “Web shop”.",
        error_messages={"required": "Enter a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    url = forms.CharField(
        label="Target URL",
        max_length=URL_LENGTH,
        help_text="Must start with https://. Redirects are not followed.",
        error_messages={"required": "Enter the address that is called."},
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://example.com/hooks/licenses"}),
    )
    description = forms.CharField(
        label="Description",
        max_length=DESCRIPTION_LENGTH,
        required=False,
        help_text="For your team.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    status = forms.ChoiceField(
        label="Status", choices=_STATUSES, help_text="An inactive webhook is told nothing, not even later."
    )
    events = forms.MultipleChoiceField(
        label="Events",
        choices=[(name, name) for name in EVENTS],
        error_messages={"required": "Choose at least one event."},
    )

    START = {"environment": Environment.PRODUCTION, "status": "active"}

    def values(self) -> dict[str, Any]:
        """What the services take."""
        given = dict(self.cleaned_data)
        return given | {"is_active": given.pop("status") == "active"}

    def groups(self) -> list[dict[str, Any]]:
        """The events as the page shows them: groups of (event, whether it is chosen)."""
        chosen = set(self["events"].value() or ())
        return [
            {
                "name": group.name,
                "label": group.label,
                "options": [(name, name in chosen) for name in group.events],
                "complete": chosen.issuperset(group.events),
            }
            for group in GROUPS
        ]

    @staticmethod
    def values_of(webhook: Webhook) -> dict[str, Any]:
        """What the form starts with."""
        return {name: getattr(webhook, name) for name in ("name", "url", "description", "status", "events")}


class NewWebhookForm(WebhookForm):
    """The environment stands here alone: it never changes."""

    environment = forms.ChoiceField(
        label="Environment",
        choices=Environment.choices,
        help_text="It never changes. Only events of this environment are told.",
        error_messages={"required": "Choose an environment."},
    )
