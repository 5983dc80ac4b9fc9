"""What webhooks show of things: what the API shows of them, with UUIDs alone (docs/spec/webhooks.md)."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, prefetch_related_objects

from keyturn.api import mirror
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.licenses import facts
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.platform.webhooks.entities import Shown, entity

_INSIDE = frozenset({"id", "product_id"})


@entity("license")
def licenses(uuids: Collection[UUID]) -> Mapping[UUID, Shown]:
    """Licenses with their full keys, as they are now."""
    rows = list(License.objects.filter(uuid__in=uuids))
    # Apart from the rows: of thousands of licenses most have the same product and customer.
    prefetch_related_objects(rows, "product", "customer")
    return {row.uuid: Shown({"license": _license(row)}, _owner(row)) for row in rows}


@entity("activation")
def activations(uuids: Collection[UUID]) -> Mapping[UUID, Shown]:
    """Devices with their licenses."""
    rows = Activation.objects.select_related("license__product", "license__customer").filter(uuid__in=uuids)
    return {
        row.uuid: Shown(
            {"activation": mirror.activation(facts.of_activation(row)), "license": _license(row.license)},
            _owner(row.license),
        )
        for row in rows
    }


@entity("product")
def products(uuids: Collection[UUID]) -> Mapping[UUID, Shown]:
    """Products with their features."""
    rows = Product.objects.prefetch_related("features").filter(uuid__in=uuids)
    return {row.uuid: Shown({"product": _outside(mirror.product_object(row))}) for row in rows}


@entity("contract")
def contracts(uuids: Collection[UUID]) -> Mapping[UUID, Shown]:
    """Contracts with the number of their licenses."""
    counted = Count("licenses", filter=~Q(licenses__status=Status.REVOKED))
    rows = Contract.objects.select_related("product").filter(uuid__in=uuids)
    counts = dict(rows.annotate(count=counted).values_list("pk", "count"))
    return {
        row.uuid: Shown(
            {"contract": {**_outside(mirror.contract_row(row, counts[row.pk])), "product_uuid": str(row.product.uuid)}}
        )
        for row in rows
    }


def _license(row: License) -> dict[str, Any]:
    return mirror.license_object(facts.of_license(row, None))


def _owner(row: License) -> UUID | None:
    return row.customer.uuid if row.customer else None


def _outside(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in _INSIDE}
