"""The form of a product. What is allowed is decided by the services."""

from typing import Any

from django import forms

from keyturn.access.actors import Actor
from keyturn.access.scope import Environment
from keyturn.licensing.products.models import Product


class ProductForm(forms.Form):
    """The fields of a product that its edit page has too."""

    name = forms.CharField(
        label="Product Name",
        max_length=150,
        error_messages={"required": "Enter the name of the product."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    slug = forms.CharField(
        label="Slug",
        max_length=100,
        required=False,
        help_text="Small letters, digits and hyphens. Left empty it is made from the name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = forms.CharField(
        label="Description", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    status = forms.ChoiceField(
        label="Status",
        choices=Product.Status,
        help_text="An inactive product takes no new licenses and no new devices; what exists goes on.",
    )
    signing_algorithm = forms.ChoiceField(
        label="Signing Algorithm",
        choices=[
            (Product.Algorithm.RSA_SHA256, "RSA-SHA256 (recommended)"),
            (Product.Algorithm.RSA_SHA512, "RSA-SHA512 (not with the client libraries)"),
        ],
        help_text="The client libraries check SHA-256 alone. Choose SHA-512 only for software of your own.",
    )
    require_license = forms.BooleanField(
        label="Require Valid License",
        required=False,
        help_text="Without it verification still tells the truth, and the software may run all the same.",
    )
    email_on_issue = forms.BooleanField(
        label="Send Email on License Issue", required=False, help_text="Needs e-mail to be set up."
    )

    @staticmethod
    def values_of(product: Product) -> dict[str, Any]:
        """What the form starts with."""
        return {name: getattr(product, name) for name in [*ProductForm.base_fields, "version"]}


class NewProductForm(ProductForm):
    """The fields that never change later stand here too."""

    environment = forms.ChoiceField(label="Environment", choices=Environment, help_text="It never changes.")
    key_bits = forms.TypedChoiceField(
        label="Key Size",
        choices=Product.KeySize,
        coerce=int,
        help_text="It never changes. PHP clients 2.8 to 2.10 read offline files of 2048 bits alone; "
        "newer clients warn below 4096.",
    )

    @staticmethod
    def start(actor: Actor) -> dict[str, Any]:
        """What the empty form starts with."""
        bits = Product.KeySize.RSA_4096
        return {"environment": actor.environment, "key_bits": bits, "require_license": True, "email_on_issue": True}


class EditProductForm(ProductForm):
    """Knows which version of the product was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
