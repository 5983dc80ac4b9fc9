"""The forms of an API key. What is allowed is decided by the services."""

from typing import Any

from django import forms

from keyturn.access.scope import Environment
from keyturn.people.apikeys.catalog import ALL, GROUPS
from keyturn.people.apikeys.models import DESCRIPTION_LENGTH, ApiKey
from keyturn.portals.admin.forms.fields import DayField, kept_or_end_of


class ApiKeyForm(forms.Form):
    """What can be changed at any time; `key` is the one that is edited."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="Where the key is used, such as “Web shop”.",
        error_messages={"required": "Enter a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label="Description",
        max_length=DESCRIPTION_LENGTH,
        required=False,
        help_text="For your team.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    capabilities = forms.MultipleChoiceField(
        label="Permissions",
        choices=[(ALL, "All endpoints"), *((name, name) for group in GROUPS for name in group.endpoints)],
        error_messages={"required": "Choose at least one permission."},
    )
    rate_limit = forms.IntegerField(
        label="Rate Limit",
        help_text="Requests a minute, 1 to 10,000.",
        error_messages={"invalid": "Enter a whole number from 1 to 10,000."},
    )
    expires_at = DayField(label="Expires At", required=False, help_text="Good through this day. Empty means never.")
    ip_allow = forms.CharField(
        label="IP Allowlist",
        required=False,
        max_length=10_000,
        help_text="IPv4 or IPv6 addresses or CIDR ranges, one per line. Empty means from everywhere.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "font-mono"}),
    )

    START = {"environment": Environment.PRODUCTION, "rate_limit": 60}

    def __init__(self, *args: Any, key: ApiKey | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key

    def values(self) -> dict[str, Any]:
        """What the services take."""
        given = dict(self.cleaned_data)
        before = self.key.expires_at if self.key else None
        given["expires_at"] = kept_or_end_of(given["expires_at"], before)
        given["ip_allow"] = given["ip_allow"].splitlines()
        return given

    def groups(self) -> list[dict[str, Any]]:
        """The permissions as the page shows them: groups of (endpoint, whether it is chosen)."""
        chosen = self.chosen()
        return [
            {"label": group.label, "options": [(name, name in chosen) for name in group.endpoints]} for group in GROUPS
        ]

    def chosen(self) -> list[str]:
        """The permissions that are ticked now."""
        return list(self["capabilities"].value() or ())

    @property
    def everything(self) -> bool:
        """Whether every endpoint is granted, whatever else is ticked."""
        return ALL in self.chosen()

    @staticmethod
    def values_of(key: ApiKey) -> dict[str, Any]:
        """What the form starts with."""
        kept = ("name", "description", "capabilities", "rate_limit", "expires_at")
        return {name: getattr(key, name) for name in kept} | {"ip_allow": "\n".join(key.ip_allow)}


class NewApiKeyForm(ApiKeyForm):
    """The environment stands here alone: it never changes."""

    environment = forms.ChoiceField(
        label="Environment",
        choices=Environment.choices,
        help_text="It never changes. The key sees the data of this environment alone.",
        error_messages={"required": "Choose an environment."},
    )
