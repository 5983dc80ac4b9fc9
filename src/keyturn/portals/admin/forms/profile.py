"""The forms of an admin's own account."""

from typing import Any

from django import forms

from keyturn.core.zones import timezones
from keyturn.people.admins.models import NAME_LENGTH, Admin
from keyturn.people.admins.profile import LENGTHS
from keyturn.people.signin.passkeys import NAME_LENGTH as NAME_OF_PASSKEY
from keyturn.platform.pictures import images
from keyturn.portals.ui.signin_forms import CodeForm, NewPasswordForm, current_password


class PasswordForm(NewPasswordForm):
    """Another password, by the present one."""

    current = current_password()
    field_order = ["current", "password", "again"]


class PresentPasswordForm(forms.Form):
    """The present password, where something secret is shown."""

    current = current_password()


class PasskeyForm(PresentPasswordForm):
    """What a new passkey is called, and the present password."""

    name = forms.CharField(
        label="Name",
        max_length=NAME_OF_PASSKEY,
        help_text="The device it is on, such as “Work laptop”.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        error_messages={"required": "Enter a name, such as the device it is on."},
    )
    field_order = ["name", "current"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The page behind the dialog has a field of this name.
        super().__init__(*args, **{"auto_id": "passkey_%s", **kwargs})


class PasswordAndCodeForm(PresentPasswordForm, CodeForm):
    """The present password and a code of the present device, before another one takes its place."""

    field_order = ["current", "code"]


class TurnOffForm(CodeForm):
    """A code, and a word that the password alone is to be enough."""

    sure = forms.BooleanField(
        label="My password alone signs me in from now on",
        help_text="The device and the recovery codes stop working.",
        error_messages={"required": "Confirm that this is what you want."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "Six digits of your app, or a recovery code."
        # The first thing on the page is not to turn it off.
        self.fields["code"].widget.attrs.pop("autofocus", None)


def _line(label: str, field: str, autocomplete: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=LENGTHS[field], required=False, widget=widget)


class ProfileForm(forms.Form):
    """What an admin says about himself. The address, the role and the rest are no fields: nothing sets them."""

    avatar = forms.FileField(
        label="Profile Avatar",
        required=False,
        error_messages={"empty": "Choose a JPEG, PNG or GIF image."},
        help_text="JPG, PNG or GIF, at most 2 MB.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/gif"}),
    )
    remove_avatar = forms.BooleanField(label="Remove", required=False)
    name = forms.CharField(
        label="Full Name",
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your name."},
    )
    job_title = _line("Job Title", "job_title", "organization-title")
    company = _line("Company", "company", "organization")
    phone = _line("Phone Number", "phone", "tel")
    bio = forms.CharField(
        label="Bio", max_length=LENGTHS["bio"], required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    time_zone = forms.ChoiceField(
        label="Time Zone",
        required=False,
        help_text="Pages show dates and times in it.",
        choices=lambda: [("", "As this browser says"), *((name, name.replace("_", " ")) for name in timezones())],
        error_messages={"invalid_choice": "Choose a timezone of the list, such as Europe/Berlin."},
    )

    @staticmethod
    def values_of(admin: Admin) -> dict[str, Any]:
        """What the form starts with."""
        return {name: getattr(admin, name) for name in ("name", "time_zone", *LENGTHS)}

    def values(self) -> dict[str, Any]:
        """The cleaned data as the service takes it."""
        given = dict(self.cleaned_data)
        file, removed = given.pop("avatar"), given.pop("remove_avatar")
        content = file.read(images.LARGEST + 1) if file else b""
        return {**given, "avatar": None if removed and not content else content}
