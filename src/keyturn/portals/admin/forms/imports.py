"""The form that takes a file of licenses."""

from typing import Any

from django import forms

from keyturn.access.actors import Actor
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.products.models import Product
from keyturn.operations.imports.services import BYTES_LIMIT, ROWS_LIMIT


class _GeneratorField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.product.name} – {obj.name}"


class ImportForm(forms.Form):
    """The file, and what counts for rows that do not say it themselves."""

    file = forms.FileField(
        label="File",
        help_text=f"CSV or JSON in UTF-8, up to {ROWS_LIMIT:,} rows and {BYTES_LIMIT >> 20} MB.",
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.json,text/csv,application/json"}),
    )
    product = forms.ModelChoiceField(
        label="Product",
        queryset=Product.objects.none(),
        to_field_name="uuid",
        required=False,
        empty_label="As each row says",
        help_text="For rows that name no product.",
        error_messages={"invalid_choice": "Choose an active product."},
    )
    generator = _GeneratorField(
        label="Generator",
        queryset=Generator.objects.none(),
        to_field_name="uuid",
        required=False,
        empty_label="As each row says",
        help_text="Draws the key of rows without one.",
        error_messages={"invalid_choice": "Choose an active generator."},
    )
    notify = forms.BooleanField(
        label="Mail the customers",
        required=False,
        initial=True,
        help_text="Invitations and keys, for products that send e-mail on license issue.",
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Product.objects.in_scope(actor).filter(status=Product.Status.ACTIVE, killed_at=None)
        ready = Generator.objects.ready(actor).select_related("product")
        self.fields["product"].queryset = active.order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["generator"].queryset = ready.order_by("product__name", "name", "pk")  # type: ignore[attr-defined]
