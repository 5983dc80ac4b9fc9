"""Forms about customers. What is allowed is decided by the services; these read what was typed."""

from typing import Any

from django import forms

from keyturn.people.customers.models import NAME_LENGTH, Customer
from keyturn.portals.admin.forms.licenses import AssignForm


class NameForm(forms.Form):
    """The full name, and the version of the record it was read from."""

    name = forms.CharField(
        label="Full Name",
        max_length=NAME_LENGTH,
        required=False,
        error_messages={"max_length": f"Enter a name of at most {NAME_LENGTH} characters."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "placeholder": "N/A"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class StatusForm(forms.Form):
    """Whether the customer may sign in, and why that changes."""

    status = forms.ChoiceField(label="Account Status", choices=Customer.Status.choices)
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        help_text="Kept in the audit trail.",
        error_messages={"required": "Enter the reason.", "max_length": "Enter at most 500 characters."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class TransferForm(AssignForm):
    """Who gets the licenses of a customer, and which: all that were shown, or the chosen ones."""

    mode = forms.ChoiceField(choices=[("all", "All"), ("choose", "Chosen")], widget=forms.HiddenInput)
    expected = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "New owner's e-mail"
        self.fields["name"].label = "New owner's name"
