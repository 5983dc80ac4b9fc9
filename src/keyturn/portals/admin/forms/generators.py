"""Forms of license generators. What is allowed is decided by the services."""

from functools import partial
from typing import Any

from django import forms

from keyturn.access.actors import Actor
from keyturn.licensing.generators import formats
from keyturn.licensing.generators.models import Generator, ValidityUnit
from keyturn.licensing.products.models import Product
from keyturn.licensing.values import check_features, check_limit, check_metadata
from keyturn.portals.admin.forms.fields import JsonObjectField, follows

LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# What a type cannot do without.
_NEEDED = {
    Generator.Type.CHUNK.value: ("length", "segment_length", "separator", "charset"),
    Generator.Type.CUSTOM.value: ("function_name",),
}
_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class FormatForm(forms.Form):
    """How keys look. Which fields count depends on the type."""

    type = forms.ChoiceField(
        label="Type",
        choices=[
            (Generator.Type.UUID, "UUID, 36 characters"),
            (Generator.Type.CHUNK, "Chunks, such as ABCD-EFGH-2346"),
            (Generator.Type.CUSTOM, "Custom, by a function of the deployed code"),
        ],
    )
    prefix = forms.CharField(  # type: ignore[assignment]
        label="Prefix", max_length=20, required=False, widget=forms.TextInput(attrs=_PLAIN)
    )
    suffix = forms.CharField(label="Suffix", max_length=20, required=False, widget=forms.TextInput(attrs=_PLAIN))
    length = forms.IntegerField(
        label="Length", required=False, help_text="Random characters; prefix, suffix and separators are not counted."
    )
    segment_length = forms.IntegerField(label="Segment Length", required=False, help_text="Must divide the length.")
    separator = forms.ChoiceField(
        label="Separator", required=False, choices=[("-", "- hyphen"), ("_", "_ underscore"), (".", ". dot")]
    )
    charset = forms.CharField(
        label="Character Set",
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={**_PLAIN, "class": "font-mono"}),
    )
    look_alikes = forms.BooleanField(label="Leave out look-alikes (0/O, 1/I, 5/S)", required=False)
    function_name = forms.ChoiceField(
        label="Custom Function",
        required=False,
        choices=lambda: [(name, name) for name in sorted(formats.CUSTOM)],
        help_text="Functions are part of the deployed code.",
    )
    validation_pattern = forms.CharField(
        label="Validation Rule",
        max_length=200,
        required=False,
        help_text="A regular expression that the whole key must match.",
        widget=forms.TextInput(attrs={**_PLAIN, "class": "font-mono"}),
    )

    START = {
        "type": Generator.Type.UUID,
        "length": 16,
        "segment_length": 4,
        "separator": "-",
        "charset": LETTERS_AND_DIGITS,
        "look_alikes": True,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.data.get("type") if self.is_bound else self.initial.get("type")
        for name in _NEEDED.get(str(kind), ()):
            self.fields[name].required = True

    @staticmethod
    def format_of(given: dict[str, Any]) -> dict[str, Any]:
        """The format of a generator out of cleaned data; what the type does not use keeps its default."""
        kind = given["type"]
        values = {"type": kind, "prefix": given["prefix"], "suffix": given["suffix"]}
        if kind == Generator.Type.CHUNK:
            charset = given["charset"]
            values |= {
                "length": given["length"] or 0,
                "segment_length": given["segment_length"] or 0,
                "separator": given["separator"],
                "charset": formats.without_look_alikes(charset) if given["look_alikes"] else charset,
            }
        if kind == Generator.Type.CUSTOM:
            values |= {"function_name": given["function_name"], "validation_pattern": given["validation_pattern"]}
        return values


class LimitsForm(forms.Form):
    """What each license gets; these fields can be changed later."""

    name = forms.CharField(
        label="Name",
        min_length=3,
        max_length=100,
        error_messages={"required": "Enter a name of 3 to 100 characters."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    status = forms.ChoiceField(
        label="Status", choices=Generator.Status, help_text="An inactive generator makes no licenses."
    )
    description = forms.CharField(
        label="Description",
        max_length=2000,
        required=False,
        help_text="For your team.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    activation_limit = forms.IntegerField(
        label="Activation Limit",
        help_text="1 to 1,000, or -1 for unlimited.",
        error_messages={"invalid": "Enter a whole number from 1 to 1,000, or -1 for unlimited."},
        validators=[follows(partial(check_limit, highest=1000))],
    )
    validity_count = forms.IntegerField(
        label="Validity Period", required=False, help_text="Counted from assignment. Empty means lifetime."
    )
    validity_unit = forms.ChoiceField(label="Unit", choices=ValidityUnit)
    features = JsonObjectField(
        label="Feature Flags",
        check=check_features,
        help_text="A JSON object; it overrides the product's features.",
    )
    metadata = JsonObjectField(
        label="Metadata Template", check=check_metadata, rows=2, help_text="A JSON object, copied to each license."
    )

    LIMITS = (
        *("name", "status", "description", "activation_limit"),
        *("validity_count", "validity_unit", "features", "metadata"),
    )

    def limits(self) -> dict[str, Any]:
        """The cleaned data as the services take it."""
        return {name: self.cleaned_data[name] for name in self.LIMITS}


class NewGeneratorForm(LimitsForm, FormatForm):
    """Everything, for a generator of one of the active products of this environment."""

    product = forms.ModelChoiceField(
        label="Product",
        queryset=Product.objects.none(),
        to_field_name="uuid",
        empty_label="Choose a product",
        error_messages={"required": "Choose a product.", "invalid_choice": "Choose an active product."},
    )

    START = {**FormatForm.START, "activation_limit": 1, "validity_count": 365, "validity_unit": ValidityUnit.DAYS}

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Product.objects.in_scope(actor).filter(status=Product.Status.ACTIVE, killed_at=None)
        self.fields["product"].queryset = active.order_by("name", "pk")  # type: ignore[attr-defined]


class EditGeneratorForm(LimitsForm):
    """Knows which version of the generator was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def values_of(generator: Generator) -> dict[str, Any]:
        """What the form starts with."""
        return {name: getattr(generator, name) for name in (*LimitsForm.LIMITS, "version")}
