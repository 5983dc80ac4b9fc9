"""The forms of an API key. What is allowed is decided by the services."""

from typing import Any

from django import forms

from keyturn.access.scope import Environment
from keyturn.licensing.products.models import Product
from keyturn.people.apikeys.catalog import ALL, GROUPS
from keyturn.people.apikeys.models import DESCRIPTION_LENGTH, ApiKey
from keyturn.people.customers.models import Customer
from keyturn.portals.admin.forms.fields import DayField, kept_or_end_of

_PRODUCTS = Product.objects.order_by("environment", "name", "pk")


class ApiKeyForm(forms.Form):
    """What can be changed at any time; `key` is the one that is edited."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="Where the key is used, such as “Web shop”.",
        error_messages={"required": "Enter a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label="Description",
        max_length=DESCRIPTION_LENGTH,
        required=False,
        help_text="For your team.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    capabilities = forms.MultipleChoiceField(
        label="Permissions",
        choices=[(ALL, "All endpoints"), *((name, name) for group in GROUPS for name in group.endpoints)],
        error_messages={"required": "Choose at least one permission."},
    )
    rate_limit = forms.IntegerField(
        label="Rate Limit",
        help_text="Requests a minute, 1 to 10,000.",
        error_messages={"invalid": "Enter a whole number from 1 to 10,000."},
    )
    expires_at = DayField(label="Expires At", required=False, help_text="Good through this day. Empty means never.")
    ip_allow = forms.CharField(
        label="IP Allowlist",
        required=False,
        max_length=10_000,
        help_text="IPv4 or IPv6 addresses or CIDR ranges, one per line. Empty means from everywhere.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "font-mono"}),
    )

    customer = forms.CharField(
        label="Customer",
        max_length=254,
        required=False,
        help_text="Then only this customer's licenses and devices exist for the key; endpoints about stock, catalog "
        "and contracts refuse it. Empty means everybody's.",
        widget=forms.EmailInput(
            attrs={"autocomplete": "off", "list": "key-customers", "placeholder": "Search by name or e-mail..."}
        ),
    )
    default_product = forms.ModelChoiceField(
        label="Default Product",
        queryset=_PRODUCTS,
        to_field_name="uuid",
        required=False,
        empty_label="None",
        help_text="Signs answers that are about no product. The official SDKs know one public key and need it.",
        error_messages={"invalid_choice": "Choose a product of the key's environment."},
    )

    START = {"environment": Environment.PRODUCTION, "rate_limit": 60}

    def __init__(self, *args: Any, key: ApiKey | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key
        field = self.fields["default_product"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _PRODUCTS.filter(environment=key.environment) if key else _PRODUCTS.all()
        setattr(field, "label_from_instance", _named)  # noqa: B010 -- typed as a method, called as an attribute
        if key is not None and key.customer is not None and key.customer.erased_at:
            # Left empty it would open everybody's licenses.
            del self.fields["customer"]

    def clean_customer(self) -> Customer | None:
        """The customer with that address."""
        typed = self.cleaned_data["customer"].strip()
        found = Customer.objects.filter(email=typed.lower(), erased_at=None).first() if typed else None
        if typed and found is None:
            raise forms.ValidationError("No customer has this address. Choose one from the list.")
        return found

    def clean(self) -> dict[str, Any]:
        """A product of the key's environment."""
        cleaned = super().clean() or {}
        product, environment = cleaned.get("default_product"), cleaned.get("environment")
        if product and environment and product.environment != environment:
            self.add_error("default_product", "Choose a product of the key's environment.")
        return cleaned

    def values(self) -> dict[str, Any]:
        """What the services take."""
        given = dict(self.cleaned_data)
        before = self.key.expires_at if self.key else None
        given["expires_at"] = kept_or_end_of(given["expires_at"], before)
        given["ip_allow"] = given["ip_allow"].splitlines()
        product = given["default_product"]
        given["default_product"] = product.uuid if product else None
        given.setdefault("customer", self.key.customer if self.key else None)
        return given

    def groups(self) -> list[dict[str, Any]]:
        """The permissions as the page shows them: groups of (endpoint, whether it is chosen)."""
        chosen = self.chosen()
        return [
            {"label": group.label, "options": [(name, name in chosen) for name in group.endpoints]} for group in GROUPS
        ]

    def chosen(self) -> list[str]:
        """The permissions that are ticked now."""
        return list(self["capabilities"].value() or ())

    @property
    def everything(self) -> bool:
        """Whether every endpoint is granted, whatever else is ticked."""
        return ALL in self.chosen()

    @staticmethod
    def values_of(key: ApiKey) -> dict[str, Any]:
        """What the form starts with."""
        kept = ("name", "description", "capabilities", "rate_limit", "expires_at", "default_product")
        owner = key.customer.email if key.customer else ""
        return {name: getattr(key, name) for name in kept} | {"ip_allow": "\n".join(key.ip_allow), "customer": owner}


class NewApiKeyForm(ApiKeyForm):
    """The environment stands here alone: it never changes."""

    environment = forms.ChoiceField(
        label="Environment",
        choices=Environment.choices,
        help_text="It never changes. The key sees the data of this environment alone.",
        error_messages={"required": "Choose an environment."},
    )


def _named(product: Product) -> str:
    return f"{product.name} ({product.get_environment_display()})"
