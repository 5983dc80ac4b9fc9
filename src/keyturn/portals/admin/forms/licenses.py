"""Forms about licenses. What is allowed is decided by the services; these read what was typed."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.core.ids import parse_uuid
from keyturn.core.text import clean_email
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.validity import one_more_period
from keyturn.licensing.products.models import Product
from keyturn.licensing.values import check_features, check_limit, check_metadata
from keyturn.portals.admin.forms.fields import DayField, JsonObjectField, end_of, follows, kept_or_end_of

NOBODY = UUID(int=0)
_EMAIL_MISSING = {"required": "Enter the customer's e-mail address."}


class ConfirmForm(forms.Form):
    """Nothing to fill in."""


class AssignForm(forms.Form):
    """Who gets the license."""

    email = forms.CharField(
        label="Customer e-mail",
        max_length=254,
        error_messages=_EMAIL_MISSING,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": True, "maxlength": 254}),
    )
    name = forms.CharField(
        label="Name",
        max_length=150,
        required=False,
        help_text="Used when the address is new. Without one the customer shows as N/A.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ReasonForm(forms.Form):
    """Why; kept in the history of the license."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        error_messages={"required": "Enter the reason. It is kept in the history of the license."},
        help_text="Kept in the history of the license.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )


class RevokeForm(forms.Form):
    """Why, if one likes to say."""

    reason = forms.CharField(
        label="Reason", max_length=500, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class RenewForm(forms.Form):
    """The new end, or none."""

    expires_on = DayField(label="New expiry date", required=False)
    lifetime = forms.BooleanField(label="Never expires", required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        cleaned = super().clean() or {}
        if not cleaned.get("lifetime") and not cleaned.get("expires_on") and "expires_on" not in self.errors:
            self.add_error("expires_on", "Enter the new expiry date, or choose that it never expires.")
        return cleaned

    @staticmethod
    def suggestion(license: License) -> dict[str, Any]:
        """One more period of the license's own validity, or a year, from its end or from today."""
        until = one_more_period(license.expires_at, now(), license.validity_count, license.validity_unit)
        return {"expires_on": timezone.localtime(until).date()}


class BulkRenewForm(forms.Form):
    """The new end of many licenses."""

    by = forms.ChoiceField(
        label="New end",
        choices=[
            ("period", "One more period for each"),
            ("day", "The same day for all"),
            ("never", "Never expires"),
        ],
        help_text="The period is a license's own validity, else a year; it counts from its end, or from today.",
    )
    expires_on = DayField(label="New expiry date", required=False, help_text="Counts when all end on the same day.")

    def clean(self) -> dict[str, Any]:
        """A day that is asked for must be there, and not past; `until` and `asked_at` are what the service takes."""
        cleaned = super().clean() or {}
        by, day = cleaned.get("by", ""), cleaned.get("expires_on")
        if by == "day" and "expires_on" not in self.errors and (day is None or end_of(day) <= now()):
            self.add_error("expires_on", "Enter an expiry date that is not past.")
            return cleaned
        until = end_of(day).isoformat() if by == "day" and day else by
        return {"until": until, "asked_at": now().isoformat()}


class NewLicenseForm(forms.Form):
    """One license by hand (LIC-10). What is left empty comes from the generator."""

    product = forms.ModelChoiceField(
        label="Product",
        queryset=Product.objects.none(),
        to_field_name="uuid",
        empty_label="Choose a product",
        error_messages={"required": "Choose a product.", "invalid_choice": "Choose an active product."},
    )
    generator = forms.ModelChoiceField(
        label="Generator",
        queryset=Generator.objects.none(),
        to_field_name="uuid",
        empty_label="Choose a generator",
        error_messages={"required": "Choose a generator.", "invalid_choice": "Choose a generator of this product."},
    )
    email = forms.CharField(
        label="Assign To",
        max_length=254,
        required=False,
        help_text="An unknown address creates a customer, named N/A until someone fills it in.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "maxlength": 254}),
    )
    order_reference = forms.CharField(label="Order Reference", max_length=191, required=False)
    activation_limit = forms.IntegerField(
        label="Activation Limit",
        required=False,
        help_text="1 to 10,000, or -1 for unlimited. Empty takes the generator's.",
        error_messages={"invalid": "Enter a whole number from 1 to 10,000, or -1 for unlimited."},
        validators=[follows(partial(check_limit, highest=10_000))],
    )
    expiry = forms.ChoiceField(
        label="Expiry",
        choices=[("generator", "As the generator says"), ("day", "On the expiry date"), ("never", "Never")],
    )
    expires_on = DayField(label="Expiry Date", required=False, help_text="Counts when Expiry says so.")
    features = JsonObjectField(
        label="Feature Flags", check=check_features, help_text="A JSON object, laid over the generator's features."
    )
    metadata = JsonObjectField(
        label="Metadata", check=check_metadata, rows=3, help_text="A JSON object of at most 10 KB."
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.get("product") if self.is_bound else self.initial.get("product")
        product = parse_uuid(str(chosen or ""))
        active = Product.objects.in_scope(actor).filter(status=Product.Status.ACTIVE, killed_at=None)
        ready = Generator.objects.ready(actor).filter(product__uuid=product or NOBODY)
        self.fields["product"].queryset = active.order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["generator"].queryset = ready.order_by("name", "pk")  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        """An address, when there is one."""
        email: str = self.cleaned_data["email"].strip()
        if email:
            follows(clean_email)(email)
        return email

    def clean(self) -> dict[str, Any]:
        """A day that is asked for must be there, and not past."""
        cleaned = super().clean() or {}
        if cleaned.get("expiry") == "day" and "expires_on" not in self.errors:
            day = cleaned.get("expires_on")
            if day is None or end_of(day) <= now():
                self.add_error("expires_on", "Enter an expiry date that is not past.")
        return cleaned


class LicenseForm(forms.Form):
    """The editable fields of a license (LIC-22)."""

    email = forms.CharField(
        label="Customer",
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "maxlength": 254}),
    )
    order_reference = forms.CharField(label="Order Reference", max_length=191, required=False)
    activation_limit = forms.IntegerField(
        label="Activation Limit",
        help_text="1 to 10,000, or -1 for unlimited.",
        error_messages={"invalid": "Enter a whole number from 1 to 10,000, or -1 for unlimited."},
        validators=[follows(partial(check_limit, highest=10_000))],
    )
    expires_on = DayField(label="Expiry Date", required=False, help_text="Empty means it never expires.")
    features = JsonObjectField(
        label="Feature Flags", check=check_features, help_text="A JSON object; values are true, false, numbers or text."
    )
    metadata = JsonObjectField(
        label="Metadata", check=check_metadata, rows=3, help_text="A JSON object of at most 10 KB."
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, license: License, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.license = license
        owned = license.customer_id is not None
        self.fields["email"].help_text = (
            "Another address hands the license over; state and devices stay. An unknown one creates a customer."
            if owned
            else "An address assigns the license. An unknown one creates a customer."
        )

    @staticmethod
    def values_of(license: License) -> dict[str, Any]:
        """What the form starts with."""
        return {
            "email": license.customer.email if license.customer else "",
            "order_reference": license.order_reference,
            "activation_limit": license.activation_limit,
            "expires_on": license.expires_at,
            "features": license.features,
            "metadata": license.metadata,
            "version": license.version,
        }

    def clean_email(self) -> str:
        """Who owns a license can be changed, not taken away here."""
        email: str = self.cleaned_data["email"].strip()
        if not email and self.license.customer_id is not None:
            raise forms.ValidationError("Enter the customer's e-mail address. To take the license back, use Unassign.")
        if email:
            follows(clean_email)(email)
        return email

    def clean_expires_on(self) -> date | None:
        """A day that was left alone may be past; a new one may not."""
        day: date | None = self.cleaned_data["expires_on"]
        until = kept_or_end_of(day, self.license.expires_at)
        if until is not None and until <= now() and until != self.license.expires_at:
            raise forms.ValidationError("Choose a date that is not past, or leave it empty for never.")
        return day
