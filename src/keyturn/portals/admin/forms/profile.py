"""The forms of an admin's own account."""

from django import forms

from keyturn.portals.ui.signin_forms import NewPasswordForm


class PasswordForm(NewPasswordForm):
    """Another password, by the present one."""

    current = forms.CharField(
        label="Current password",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your current password."},
    )
    field_order = ["current", "password", "again"]


class PresentPasswordForm(forms.Form):
    """The present password, where something secret is shown."""

    current = forms.CharField(
        label="Current password",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your current password."},
    )
