"""The form of a product. What is allowed is decided by the services."""

from typing import Any

from django import forms

from keyturn.access.actors import Actor
from keyturn.access.scope import Environment
from keyturn.licensing.products import images
from keyturn.licensing.products.models import Product
from keyturn.portals.admin.forms.fields import follows

_FILES = ("image", "remove_image")
# The other sources are set by programs.
_SOURCES = [(Product.Source.MANUAL, "Internal"), (Product.Source.ENVATO, "Envato")]


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
    source = forms.ChoiceField(label="Source", choices=_SOURCES, help_text="Where the product is sold.")
    external_reference = forms.CharField(
        label="Envato Item ID",
        max_length=20,
        required=False,
        help_text="The number in the address of the item.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    signing_algorithm = forms.ChoiceField(
        label="Signing Algorithm",
        choices=[
            (Product.Algorithm.RSA_SHA256, "RSA-SHA256 (recommended)"),
            (Product.Algorithm.RSA_SHA512, "RSA-SHA512 (not with the PHP, JavaScript and Laravel clients)"),
            (Product.Algorithm.ED25519, "Ed25519 (not with the PHP, JavaScript and Laravel clients)"),
        ],
        help_text="The PHP, JavaScript and Laravel clients check RSA-SHA256 alone, the Python client all three.",
    )
    require_license = forms.BooleanField(
        label="Require Valid License",
        required=False,
        help_text="Without it verification still tells the truth, and the software may run all the same.",
    )
    email_on_issue = forms.BooleanField(
        label="Send Email on License Issue", required=False, help_text="Needs e-mail to be set up."
    )
    offline_allowed = forms.BooleanField(
        label="Offline Support",
        required=False,
        help_text="While off, no offline file is issued. Files that were issued go on working.",
    )
    downloads_before_activation = forms.BooleanField(
        label="Allow downloads before activation",
        required=False,
        help_text="Customers then download with an assigned license, too, before they activate it.",
    )
    changelog_enabled = forms.BooleanField(
        label="Enable Changelog", required=False, help_text="Releases of this product stand on the changelog page."
    )
    image = forms.FileField(
        label="Product Image",
        required=False,
        help_text="PNG, JPEG or WebP, at most 2 MB.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    remove_image = forms.BooleanField(label="Remove the present image", required=False)

    @staticmethod
    def values_of(product: Product) -> dict[str, Any]:
        """What the form starts with."""
        names = [*(name for name in ProductForm.base_fields if name not in _FILES), "version"]
        return {name: getattr(product, name) for name in names}

    def clean_image(self) -> bytes:
        """The content of the file, held to its rules; empty when none was sent."""
        file = self.cleaned_data["image"]
        content: bytes = file.read(images.LARGEST + 1) if file else b""
        if content:
            follows(images.kind_of)(content)
        return content

    def values(self) -> dict[str, Any]:
        """The cleaned data as the services take it."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in _FILES}
        if given["source"] != Product.Source.ENVATO:
            given.pop("external_reference")
        return given

    def save_image(self, actor: Actor, product: Product) -> None:
        """Keep the image that was sent, or take the present one away."""
        if self.cleaned_data["image"]:
            images.store(actor, product, self.cleaned_data["image"])
        elif self.cleaned_data["remove_image"]:
            images.remove(actor, product)


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
        return {
            "environment": actor.environment,
            "key_bits": bits,
            "require_license": True,
            "email_on_issue": True,
            "offline_allowed": True,
            "downloads_before_activation": True,
        }


class EditProductForm(ProductForm):
    """Knows which version of the product was read, and keeps a source that a program has set."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = Product.Source(self.initial["source"])
        if present not in dict(_SOURCES):
            self.fields["source"].choices = [*_SOURCES, (present.value, present.label)]  # type: ignore[attr-defined]
