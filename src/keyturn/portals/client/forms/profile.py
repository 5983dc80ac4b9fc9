"""What a customer changes about himself."""

from django import forms

from keyturn.core.zones import timezones
from keyturn.people.customers.models import NAME_LENGTH
from keyturn.portals.ui.signin_forms import current_password, password_field


class NameForm(forms.Form):
    """The name by which he is called."""

    name = forms.CharField(
        label="Display name",
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your name."},
    )


class PasswordForm(forms.Form):
    """The present password and a new one, twice."""

    current = current_password()
    password = password_field("New password", "Enter a new password.", new=True)
    again = password_field("Confirm new password", "Enter the new password again.", new=True)

    def clean_again(self) -> str:
        """The second time must be like the first."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError("The two new passwords differ. Enter the same one twice.")
        return again


class SettingsForm(forms.Form):
    """Timezone and e-mails; nothing applies before it is saved."""

    timezone = forms.ChoiceField(
        label="Timezone",
        help_text="Dates and times on these pages are shown in it.",
        choices=lambda: [(name, name.replace("_", " ")) for name in timezones()],
        error_messages={"invalid_choice": "Choose a timezone of the list, such as Europe/Berlin."},
    )
    email_notifications = forms.BooleanField(
        label="Email Notifications",
        help_text="News about your licenses and devices. You always hear when a license leaves your account.",
        required=False,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
    security_alerts = forms.BooleanField(
        label="Security Alerts",
        help_text="Sign-ins from new devices. You always hear when your password changes.",
        required=False,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
