"""Showing once more who is signed in."""

from django import forms


class ConfirmPasswordForm(forms.Form):
    """The password of who is signed in."""

    password = forms.CharField(
        label="Password",
        max_length=4096,
        strip=False,
        error_messages={"required": "Enter your password."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
