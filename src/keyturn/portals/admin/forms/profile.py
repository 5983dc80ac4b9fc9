"""The forms of an admin's own account."""

from django import forms

from keyturn.portals.ui.signin_forms import NewPasswordForm, current_password


class PasswordForm(NewPasswordForm):
    """Another password, by the present one."""

    current = current_password()
    field_order = ["current", "password", "again"]


class PresentPasswordForm(forms.Form):
    """The present password, where something secret is shown."""

    current = current_password()
