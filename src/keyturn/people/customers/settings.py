"""What a customer chose: his timezone, and what he is told by e-mail (CLP-60, CLP-61)."""

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Right, require_own
from keyturn.core.errors import Invalid
from keyturn.core.zones import timezones
from keyturn.people.customers.models import Customer, CustomerSettings
from keyturn.platform.audit import services as audit

FIELDS = ("timezone", "email_notifications", "security_alerts")


def settings_of(customer: Customer) -> CustomerSettings:
    """What the customer chose, or the defaults, which are not stored."""
    found = CustomerSettings.objects.filter(customer=customer).first()
    return found or CustomerSettings(customer=customer)


@transaction.atomic
def save(
    actor: Actor, customer: Customer, *, timezone: str, email_notifications: bool, security_alerts: bool
) -> CustomerSettings:
    """Keep what the customer chose for himself. Raises Invalid for an unknown timezone."""
    require_own(actor, Right.EDIT_PROFILE, customer.uuid)
    if timezone not in timezones():
        raise Invalid({"timezone": ["Choose a timezone of the list, such as Europe/Berlin."]})
    after = {
        "timezone": timezone,
        "email_notifications": email_notifications,
        "security_alerts": security_alerts,
    }
    before = settings_of(customer)
    changed = [field for field in FIELDS if getattr(before, field) != after[field]]
    found, _ = CustomerSettings.objects.update_or_create(customer=customer, defaults=after)
    if changed:
        entry = audit.Entry(
            "customer.updated", ("customer", customer.uuid), {"fields": changed}, customer=customer.uuid
        )
        audit.record(actor, entry)
    return found
