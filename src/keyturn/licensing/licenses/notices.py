"""Mails to customers about their licenses, where the product sends them (EML-15) and they want them (CLP-61).

What happened to licenses of many people is told by a job, so that the change itself is not slowed down.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

from keyturn.core.clock import now
from keyturn.core.ids import text7
from keyturn.core.text import mask_email, mask_key
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer, CustomerSettings
from keyturn.people.customers.settings import settings_of
from keyturn.people.signin.alerts import in_words
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.mail import services as mail
from keyturn.platform.preferences import services as preferences

# Keys in one mail; the rest are in the portal.
SHOWN = 20
# Owners who are told in the transaction of the change.
FEW = 5
# An end that lies further back, as after an import, is no news.
_NEWS = timedelta(days=7)
_CHANGES: Mapping[Status, str] = {
    Status.SUSPENDED: "license-suspended",
    Status.EXPIRED: "license-expired",
    Status.REVOKED: "license-revoked",
}


def handed_out(customer: Customer, licenses: Sequence[License]) -> None:
    """Tell a customer about licenses that were given to him, in one mail; in their transaction."""
    _tell("license-issued", customer, licenses, full_keys=True)


def handed_out_many(owned: Mapping[Customer, Sequence[License]]) -> None:
    """Tell many customers of the licenses they were given, one mail each, in a few statements for all of them.

    The licenses have their products loaded and are such as are told of.
    """
    silent = set(
        CustomerSettings.objects.filter(customer__in=list(owned), email_notifications=False).values_list(
            "customer_id", flat=True
        )
    )
    mail.queue_many(
        [
            _letter("license-issued", customer, licenses[:SHOWN], len(licenses), full_keys=True)
            for customer, licenses in owned.items()
            if customer.pk not in silent and customer.erased_at is None
        ]
    )


def received(customer: Customer, licenses: Sequence[License]) -> None:
    """Tell a customer about licenses that came to him from another account, in one mail."""
    _tell("license-assigned", customer, licenses, full_keys=True)


def handed_on(moved: Iterable[tuple[License, Customer]], to: Customer) -> None:
    """Tell former owners that licenses left their accounts, whatever they chose: it is about their property."""
    lost: dict[Customer, int] = defaultdict(int)
    for license, owner in moved:
        lost[owner] += license.product.email_on_issue
    told = [(owner, count) for owner, count in lost.items() if count and owner.erased_at is None]
    event = text7()
    for owner, count in told[:FEW]:
        tell_former_owner(owner, count=count, to=mask_email(to.email), event=event)
    if rest := [[owner.pk, count] for owner, count in told[FEW:]]:
        enqueue("licenses.tell_former_owners", owners=rest, to=mask_email(to.email), event=event)


def tell_former_owner(owner: Customer, *, count: int, to: str, event: str) -> None:
    """Tell one former owner that `count` licenses left his account; once for each `event`."""
    values = {
        "customer_name": owner.name,
        "license_count": count,
        "from_email": owner.email,
        "to_email": to,
    }
    key = f"license-transferred:{event}:{owner.uuid}"
    mail.queue("license-transferred", to=owner.email, variables=values, customer=owner.uuid, key=key)


def changed(to: Status, licenses: Sequence[License]) -> None:
    """Tell owners that their licenses were suspended or revoked, or have ended; other states are no news."""
    template = _CHANGES.get(to)
    if template is None:
        return
    if to == Status.EXPIRED:
        since = now() - _NEWS - timedelta(days=preferences.get("licenses.grace_days"))
        licenses = [one for one in licenses if one.expires_at and one.expires_at > since]
    ids = [one.pk for one in licenses if one.customer_id is not None]
    event = text7()
    if len({one.customer_id for one in licenses}) <= FEW:
        tell_owners(template, ids, event=event)
    elif ids:
        enqueue("licenses.tell_owners", template=template, licenses=ids, event=event)


def tell_owners(template: str, licenses: Collection[int], *, event: str) -> None:
    """One mail to each owner of these licenses, once for each `event`."""
    owned: dict[Customer, list[License]] = defaultdict(list)
    for license in License.objects.filter(pk__in=licenses).select_related("customer").order_by("pk"):
        if license.customer is not None:
            owned[license.customer].append(license)
    for customer, his in owned.items():
        _tell(template, customer, his, key=f"{template}:{event}:{his[0].uuid}")


def reminder(license: License, days: int) -> None:
    """Tell the owner that his license ends in about `days` days; once for each end and number of days."""
    key = f"license-expiring:{license.uuid}:{license.expires_at:%Y-%m-%d}:{days}"
    _about_one("license-expiring", license, {"days_left": days}, key=key)


def activated(device: Activation, license: License) -> None:
    """Tell the owner that his license is in use on one more device."""
    values = {
        "device_name": _name(device),
        "ip_address": device.activation_ip or "an unknown address",
        "occurred_at": in_words(now()),
    }
    _about_one("activation-confirmed", license, values, key=f"activation-confirmed:{device.uuid}")


def deactivated(device: Activation, license: License) -> None:
    """Tell the owner that this device was taken off his license in the portal, in case it was not he."""
    values = {"device_name": _name(device), "occurred_at": in_words(now())}
    _about_one("activation-ended", license, values, key=f"activation-ended:{device.uuid}")


def facts(license: License) -> dict[str, object]:
    """What mails say about a license; its key masked."""
    return {
        "license_key": mask_key(license.license_key),
        "product_name": license.product.name,
        "expiry_date": license.expires_at.date() if license.expires_at else "Never",
        "activation_limit": "Unlimited" if license.activation_limit < 0 else license.activation_limit,
        "environment": license.environment,
    }


def _about_one(template: str, license: License, more: Mapping[str, object], *, key: str) -> None:
    owner = license.customer
    if owner is None or not license.product.email_on_issue or not _wants_news(owner):
        return
    variables = {"customer_name": owner.name, **facts(license), **more}
    mail.queue(template, to=owner.email, variables=variables, customer=owner.uuid, key=key)


def _tell(
    template: str, customer: Customer, licenses: Sequence[License], *, full_keys: bool = False, key: str = ""
) -> None:
    chosen = License.objects.filter(pk__in=[one.pk for one in licenses], product__email_on_issue=True)
    rows = list(chosen.select_related("product").order_by("pk")[:SHOWN])
    if not rows or not _wants_news(customer):
        return
    mail.queue_many([_letter(template, customer, rows, len(licenses), full_keys=full_keys, key=key)])


def _letter(
    template: str, customer: Customer, rows: Sequence[License], count: int, *, full_keys: bool, key: str = ""
) -> mail.Letter:
    """The mail about `count` licenses of a customer, of which `rows` are named."""
    keys = [one.license_key if full_keys else mask_key(one.license_key) for one in rows]
    names = list(dict.fromkeys(one.product.name for one in rows))
    more = count - len(rows)
    variables = {
        "customer_name": customer.name,
        **facts(rows[0]),
        "license_key": "\n".join([*keys, f"and {more} more in the customer portal"] if more > 0 else keys),
        "product_name": " and ".join(names[:2]) if len(names) < 3 else f"{names[0]} and others",
    }
    return mail.Letter(template, customer.email, variables, customer.uuid, key)


def _wants_news(customer: Customer) -> bool:
    return customer.erased_at is None and settings_of(customer).email_notifications


def _name(device: Activation) -> str:
    return str(device.details.get("name") or device.identifier)
