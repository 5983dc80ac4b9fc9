"""Customers of a small shop."""

import pytest
from django.contrib.auth.hashers import make_password

from keyturn.access.actors import Actor
from keyturn.people.customers import services
from keyturn.people.customers.models import Customer
from tests.licensing.conftest import generator, license_in, product

__all__ = ["generator", "license_in", "product"]
CUSTOMER_PASSWORD = "Plain-Sailing 42"


@pytest.fixture
def john(owner: Actor, db: None) -> Customer:
    """A customer who has set a password."""
    customer, _ = services.find_or_create(owner, "john@example.com", name="John Smith")
    Customer.objects.filter(pk=customer.pk).update(password=make_password(CUSTOMER_PASSWORD))
    customer.refresh_from_db()
    return customer


@pytest.fixture
def sarah(owner: Actor, db: None) -> Customer:
    """A customer who has no password yet."""
    return services.find_or_create(owner, "sarah@company.com", name="Sarah Johnson")[0]
