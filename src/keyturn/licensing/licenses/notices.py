"""Mails to customers about their licenses, where the product sends them (EML-15)."""

from collections.abc import Sequence

from keyturn.core.text import mask_key
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
from keyturn.platform.mail import services as mail

# Keys in one mail; the rest are in the portal.
SHOWN = 20


def handed_out(customer: Customer, licenses: Sequence[License]) -> None:
    """Tell a customer about licenses that were given to him, in one mail; in their transaction."""
    _tell("license-issued", customer, licenses)


def received(customer: Customer, licenses: Sequence[License]) -> None:
    """Tell a customer about licenses that came to him from another account, in one mail."""
    _tell("license-assigned", customer, licenses)


def about(license: License, template: str, *, key: str) -> None:
    """Tell the owner of one license something, once for each `key`."""
    owner = license.customer
    if owner is None or not license.product.email_on_issue:
        return
    variables = {"customer_name": owner.name, **facts(license)}
    mail.queue(template, to=owner.email, variables=variables, customer=owner.uuid, key=key)


def _tell(template: str, customer: Customer, licenses: Sequence[License]) -> None:
    chosen = License.objects.filter(pk__in=[one.pk for one in licenses], product__email_on_issue=True)
    rows = list(chosen.select_related("product").order_by("pk")[:SHOWN])
    if not rows:
        return
    more = len(licenses) - len(rows)
    keys = [one.license_key for one in rows] + ([f"and {more} more in the customer portal"] if more > 0 else [])
    names = list(dict.fromkeys(one.product.name for one in rows))
    variables = {
        "customer_name": customer.name,
        **facts(rows[0]),
        "license_key": "\n".join(keys),
        "product_name": " and ".join(names[:2]) if len(names) < 3 else f"{names[0]} and others",
    }
    mail.queue(template, to=customer.email, variables=variables, customer=customer.uuid)


def facts(license: License) -> dict[str, object]:
    """What mails say about a license; its key masked."""
    return {
        "license_key": mask_key(license.license_key),
        "product_name": license.product.name,
        "expiry_date": license.expires_at.date() if license.expires_at else "Never",
        "activation_limit": "Unlimited" if license.activation_limit < 0 else license.activation_limit,
        "environment": license.environment,
    }
