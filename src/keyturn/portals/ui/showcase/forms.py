"""A form with one field of every kind."""

from django import forms


class SpecimenForm(forms.Form):
    """What `<c-field>` can show."""

    email = forms.EmailField(label="Assign To", help_text="An unknown address creates a customer.")
    limit = forms.IntegerField(label="Activation Limit", min_value=1, max_value=10000, required=False)
    kind = forms.ChoiceField(label="Generator", choices=[("uuid", "UUID"), ("pattern", "Pattern")])
    flags = forms.JSONField(
        label="Feature Flags", widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}), required=False
    )
    mail = forms.BooleanField(label="Send the key by e-mail", required=False)
