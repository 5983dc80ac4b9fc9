"""Forms of the pages that need no sign-in."""

from typing import Any

from django import forms

from keyturn.people.signin import accounts, policy


class PasswordForm(forms.Form):
    """A new password for an admin."""

    password = forms.CharField(
        label="Password",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter a password."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = policy.advice(accounts.ADMIN)


class SetUpForm(PasswordForm):
    """The first Super Admin."""

    name = forms.CharField(
        label="Your name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
        error_messages={"required": "Enter your name."},
    )
    email = forms.CharField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={"required": "Enter your e-mail address."},
    )
    field_order = ["name", "email", "password"]
