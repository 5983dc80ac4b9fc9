"""The forms of an admin user. What is allowed is decided by the services."""

from typing import Any

from django import forms

from keyturn.access.permissions import Role
from keyturn.core.errors import Invalid
from keyturn.core.text import clean_email
from keyturn.people.admins.models import Admin


class AdminForm(forms.Form):
    """What a Super Admin decides about an admin."""

    name = forms.CharField(
        label="Name",
        max_length=255,
        error_messages={"required": "Enter the name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label="Role",
        choices=Role.choices,
        help_text="A change applies from the next click of this admin.",
        error_messages={"required": "Choose a role."},
    )
    status = forms.ChoiceField(
        label="Status",
        choices=(("active", "Active"), ("inactive", "Inactive")),
        help_text="An inactive admin is signed out everywhere and cannot sign in.",
    )
    require_2fa = forms.BooleanField(
        label="Require 2FA",
        required=False,
        help_text="The admin must enrol an authenticator app first. Always on for Super Admins.",
    )

    def values(self) -> dict[str, Any]:
        """What the services take."""
        given = dict(self.cleaned_data)
        return {"is_active": given.pop("status") == "active", **given}

    @staticmethod
    def values_of(admin: Admin) -> dict[str, Any]:
        """What the form starts with."""
        status = "active" if admin.is_active else "inactive"
        return {"name": admin.name, "role": admin.role, "status": status, "require_2fa": admin.require_2fa}


class NewAdminForm(AdminForm):
    """The address stands here alone: it never changes."""

    email = forms.CharField(
        label="Email",
        max_length=254,
        help_text="It never changes. The invitation goes there.",
        error_messages={"required": "Enter the e-mail address."},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    START = {"role": Role.VIEWER, "status": "active", "require_2fa": True}

    def clean_email(self) -> str:
        """Told together with what else is wrong."""
        try:
            return clean_email(self.cleaned_data["email"])
        except Invalid as refusal:
            raise forms.ValidationError(refusal.message) from refusal
