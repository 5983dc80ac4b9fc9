"""Orders, filters and search of the list of activations, on the engine that runs the tests."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, devices, services
from keyturn.licensing.licenses.devices import Filters
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.products import services as products
from keyturn.people.customers.models import Customer

pytestmark = pytest.mark.django_db
ADDRESSES = {"a": "10.0.0.1", "b": "9.20.0.1", "c": "", "d": "2001:db8::1", "e": "192.168.1.20", "f": "9.3.0.1"}


@pytest.fixture
def shop(owner: Actor, generator: Generator) -> None:
    """Six devices: three of Pro App, two of Alpha, one of another Pro App; c was never verified."""
    makers = [generator]
    for name in ("Alpha", "Pro App"):
        product = products.create(owner, name=name, key_bits=2048)
        makers.append(generators.create(owner, product=product, name="Any", activation_limit=-1))
    generator.refresh_from_db()
    homes = {"a": 0, "b": 0, "c": 0, "d": 1, "e": 1, "f": 2}
    licenses = [services.issue(owner, maker, f"p{number}@example.com") for number, maker in enumerate(makers)]
    for number, (name, home) in enumerate(homes.items()):
        activations.activate(owner, licenses[home], identifier=f"PC-{name}", kind="hardware")
        Activation.objects.filter(identifier=f"PC-{name}").update(
            last_ip=ADDRESSES[name],
            activated_at=now() - timedelta(days=number),
            last_verified_at=None if name == "c" else now() - timedelta(seconds=number * 400),
        )
    activations.end(owner, Activation.objects.get(identifier="PC-b"))


def _shown(owner: Actor, search: str = "", filters: Filters = devices.NO_FILTERS, **how: str) -> str:
    return "".join(row.identifier[-1] for row in devices.page(owner, search, filters, **how).rows)  # type: ignore[arg-type]


@pytest.mark.spec("ACT-08", "ACT-04")
@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        ("device", "abcdef", "fedcba"),
        ("ip", "fbaedc", "deabfc"),
        ("activated", "fedcba", "abcdef"),
        ("verified", "fedbac", "abdefc"),
        ("status", "fedcab", "bacdef"),
        ("product", "edcbaf", "fabcde"),
    ],
)
def test_orders(shop: None, owner: Actor, sort: str, up: str, down: str) -> None:
    assert _shown(owner, sort=sort, direction="asc") == up
    assert _shown(owner, sort=sort, direction="desc") == down


@pytest.mark.spec("ACT-08")
def test_by_license_key(shop: None, owner: Actor) -> None:
    for direction, reverse in (("asc", False), ("desc", True)):
        keys = [row.license.license_key for row in devices.page(owner, sort="license_key", direction=direction).rows]
        assert keys == sorted(keys, reverse=reverse)
        assert len(keys) == 6


@pytest.mark.spec("ACT-06")
@pytest.mark.parametrize(
    ("term", "found"),
    [("168.1", "e"), ("9.", "bf"), ("db8", "d"), ("20.0.", "b"), ("pc-", "abcdef"), ("10.0.0.11", "")],
)
def test_addresses_are_searched_as_they_are_now(shop: None, owner: Actor, term: str, found: str) -> None:
    assert "".join(sorted(_shown(owner, term))) == found
    Activation.objects.update(last_ip="8.8.8.8")
    assert _shown(owner, "8.8.8") == "abcdef"
    assert _shown(owner, "168.1") == ""


@pytest.mark.spec("ACT-07")
def test_filters_meet_search_and_order(shop: None, owner: Actor) -> None:
    customer = Customer.objects.get(email="p1@example.com").uuid
    license = Activation.objects.get(identifier="PC-f").license
    alpha = Activation.objects.get(identifier="PC-d").license.product.uuid
    assert _shown(owner, "", Filters(customer=customer)) == "de"
    assert _shown(owner, "pc-e", Filters(customer=customer)) == "e"
    assert _shown(owner, "", Filters(license=license.uuid), sort="ip") == "f"
    assert _shown(owner, "", Filters(product=alpha), sort="product", direction="desc") == "de"
    assert _shown(owner, "", Filters(product=alpha, status="inactive")) == ""
    assert _shown(owner, "", Filters(status="inactive"), sort="status", direction="asc") == "b"
    assert [row.identifier[-1] for row in devices.stream(owner, "", Filters(customer=customer))] == ["d", "e"]


def test_the_product_of_a_device_is_that_of_its_license(shop: None) -> None:
    for device in Activation.objects.select_related("license"):
        assert device.product_id == device.license.product_id
