"""The forms of the ways in, of both portals."""

from django import forms


def password_field(label: str, required: str, *, new: bool = False) -> forms.CharField:
    """A password as typed; `required` says what to do when it is missing, `new` that browsers may suggest one."""
    return forms.CharField(
        label=label,
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "current-password"}),
        error_messages={"required": required},
    )


def current_password() -> forms.CharField:
    """The password that a signed-in person has."""
    return password_field("Current password", "Enter your current password.")


class EmailForm(forms.Form):
    """Where to send a link."""

    email = forms.CharField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
        error_messages={"required": "Enter your e-mail address."},
    )


class SignInForm(EmailForm):
    """E-mail and password; whether they are right is not the form's business."""

    password = password_field("Password", "Enter your password.")


class CodeForm(forms.Form):
    """Six digits of the app, or a recovery code."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "off", "spellcheck": "false"}
        ),
        error_messages={"required": "Enter the code."},
    )


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    password = password_field("New password", "Enter a new password.", new=True)
    again = password_field("New password again", "Enter the new password again.", new=True)

    def __init__(self, *args: object, advice: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["password"].help_text = advice
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True

    def clean_again(self) -> str:
        """Both must be the same."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError("The two passwords differ. Enter the same one twice.")
        return again
