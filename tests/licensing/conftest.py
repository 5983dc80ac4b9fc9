"""A product with a generator, and licenses in any state, made through the services."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, lifecycle, services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product

LicenseIn = Callable[..., License]


@pytest.fixture
def product(owner: Actor) -> Product:
    return products.create(owner, name="Pro App")


@pytest.fixture
def generator(owner: Actor, product: Product) -> Generator:
    return generators.create(
        owner, product=product, name="Pro, one year", type="chunk", prefix="PRO-", activation_limit=3
    )


@pytest.fixture
def license_in(owner: Actor, generator: Generator) -> LicenseIn:
    """A license in a state, reached by the ways that a vendor has."""

    def make(status: Status = Status.AVAILABLE, email: str = "john@example.com", *, activated: bool = False) -> License:
        license = services.generate(owner, generator, 1).licenses[0]
        if status != Status.AVAILABLE:
            services.assign(owner, license, email)
        if status == Status.ACTIVE or activated:
            activations.activate(owner, license, identifier="DESKTOP-4K7QX", kind="hardware")
        if status == Status.SUSPENDED:
            services.suspend(owner, license, reason="chargeback under review")
        if status == Status.EXPIRED:
            with clock.fixed(clock.now() + timedelta(days=400)):
                lifecycle.transition(owner, license, Status.EXPIRED)
        if status == Status.REVOKED:
            services.revoke(owner, license)
        license.refresh_from_db()
        assert license.status == status
        return license

    return make
