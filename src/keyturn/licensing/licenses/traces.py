"""What a person has left on licenses and devices, on those he has and those he once had (CUS-43)."""

import re
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from keyturn.licensing.licenses.models import Activation, License, Mismatch
from keyturn.licensing.licenses.querysets import LicenseQuerySet
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.webhooks.catalog import CALLBACKS
from keyturn.platform.webhooks.models import Delivery

# SQLite takes 32,766 values in a statement.
_SLICE = 5000


def ever_owned(customer: Customer) -> list[int]:
    """The ids of all licenses that are or were his, as far as there is a record of it."""
    events = AuditEvent.objects.filter(customer_uuid=customer.uuid, license_uuid__isnull=False).order_by()
    known = [uuid for uuid in events.values_list("license_uuid", flat=True).distinct() if uuid]
    ids = set(License.objects.of(customer).values_list("pk", flat=True))
    for part in _slices(known):
        ids.update(License.objects.filter(uuid__in=part).values_list("pk", flat=True))
    return sorted(ids)


def forget(customer: Customer) -> None:
    """Remove addresses, programs and free texts from his licenses and devices, in the caller's transaction.

    State and keys stay, but for keys that hold his e-mail address: they are replaced. Values that a vendor
    chose (device, order, metadata) go only where they name him.
    """
    named = _naming(customer)
    for devices in _devices(customer):
        devices.update(activation_ip="", last_ip="", user_agent="", details={}, post_url="", deactivated_reason="")
        for device in devices.filter(naming(customer, "identifier")):
            Activation.objects.filter(pk=device.pk).update(identifier=f"deleted-{device.uuid}")
    Delivery.objects.filter(webhook_uuid=CALLBACKS, event__customer=customer.uuid).update(url="")
    for part in _slices(ever_owned(customer)):
        Mismatch.objects.filter(license__in=part).delete()
    owned = License.objects.of(customer)
    owned.update(status_reason="")
    for license in with_his_address(customer).only("uuid"):
        License.objects.filter(pk=license.pk).update(license_key=f"DELETED-{license.uuid}", version=F("version") + 1)
    for license in owned.exclude(metadata={}, order_reference="").only("metadata", "order_reference"):
        metadata, order = _without(license.metadata, named), _without(license.order_reference, named)
        if (metadata, order) != (license.metadata, license.order_reference):
            License.objects.filter(pk=license.pk).update(metadata=metadata, order_reference=order)


def with_his_address(customer: Customer) -> LicenseQuerySet:
    """His licenses whose keys hold his e-mail address."""
    return License.objects.of(customer).filter(license_key__icontains=customer.email)


def words(customer: Customer) -> list[str]:
    """What names him wherever it stands: his address, and a name of several words, also as computers are called.

    A name of one word is an ordinary word too often.
    """
    spelled = [customer.name.replace(" ", sign) for sign in " -_."] if " " in customer.name else []
    return [customer.email, *spelled]


def naming(customer: Customer, *fields: str) -> Q:
    """Rows in which one of `fields` holds one of his `words`."""
    return reduce(or_, (Q((f"{field}__icontains", word)) for field in fields for word in words(customer)))


def addresses(customer: Customer) -> set[str]:
    """The internet addresses of his devices."""
    pairs = [pair for devices in _devices(customer) for pair in devices.values_list("activation_ip", "last_ip")]
    return {ip for pair in pairs for ip in pair if ip}


def _devices(customer: Customer) -> Iterator[Any]:
    """Devices of his licenses, and those that he had on licenses of others by now, in parts."""
    yield Activation.objects.of(customer)
    events = AuditEvent.objects.filter(customer_uuid=customer.uuid, subject_kind="activation").order_by()
    known = [UUID(id) for id in events.values_list("subject_id", flat=True).distinct()]
    for part in _slices(known):
        yield Activation.objects.filter(~Q(license__customer=customer) | Q(license__customer=None), uuid__in=part)


def _naming(customer: Customer) -> re.Pattern[str]:
    """What finds his e-mail address or his full name in a text."""
    found = [re.escape(word) for word in (*words(customer), customer.name) if word]
    return re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)", re.IGNORECASE)


def _without(value: Any, named: re.Pattern[str]) -> Any:
    """`value` without the texts that name him; members and elements go alone."""
    if isinstance(value, str):
        return "" if named.search(value) else value
    if isinstance(value, dict):
        return {key: _without(inner, named) for key, inner in value.items() if not named.search(key)}
    return [_without(inner, named) for inner in value] if isinstance(value, list) else value


def _slices(values: list[Any]) -> Iterator[list[Any]]:
    return (values[start : start + _SLICE] for start in range(0, len(values), _SLICE))
