"""John Smith with licenses and devices, as the customers' manual tells of him."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.people.customers.models import Customer
from tests.licensing.conftest import generator, license_in, product

__all__ = ["generator", "license_in", "product"]
DEVICES = (("DESKTOP-4K7QX", timedelta(minutes=5)), ("MBP-14", timedelta(hours=2)), ("OLD-LAPTOP", timedelta(days=45)))


@pytest.fixture
def full_license(owner: Actor, generator: Generator) -> License:
    """A license of John Smith with all its three places taken."""
    with clock.fixed(clock.now() - timedelta(days=50)):
        license = services.issue(owner, generator, "john@example.com")
        for identifier, _ in DEVICES:
            activations.activate(owner, license, identifier=identifier, kind="hardware", ip="203.0.113.24")
    for identifier, ago in DEVICES:
        Activation.objects.filter(identifier=identifier).update(last_verified_at=clock.now() - ago)
    Customer.objects.update(name="John Smith")
    license.refresh_from_db()
    return license


@pytest.fixture
def john(full_license: License) -> Customer:
    return Customer.objects.get(email="john@example.com")
