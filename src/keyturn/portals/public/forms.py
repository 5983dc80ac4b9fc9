"""Forms of the pages that need no sign-in."""

from django import forms


class PasswordForm(forms.Form):
    """A new password for an admin."""

    password = forms.CharField(
        label="Password",
        max_length=4096,
        strip=False,
        help_text="At least 8 characters; 12 or more with mixed classes are better.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter a password."},
    )


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
