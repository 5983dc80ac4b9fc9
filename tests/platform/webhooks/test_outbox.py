"""What is written when something happens: in the transaction of the change, for those who listen alone."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from keyturn.access.actors import Actor
from keyturn.licensing.contracts import services as contracts
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, kill_switch, services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.operations.privacy import services as privacy
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.registry import named
from keyturn.platform.preferences import services as preferences
from keyturn.platform.webhooks import catalog, sealing
from keyturn.platform.webhooks import services as webhooks
from keyturn.platform.webhooks.models import Delivery, Event
from tests.jobs import Work
from tests.licensing.conftest import LicenseIn
from tests.platform.webhooks.conftest import WebhookTo

pytestmark = pytest.mark.django_db


def _names() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("event_name", flat=True))


def _payload(name: str) -> dict[str, Any]:
    return sealing.payload(Delivery.objects.filter(event_name=name).latest("pk").event)


def test_every_documented_event_has_a_source() -> None:
    raised = {name for names in catalog.SOURCES.values() for name in names}
    assert raised | catalog.EMITTED == set(catalog.EVENTS)
    assert not raised & catalog.EMITTED
    assert all(named(action) for action in catalog.SOURCES)
    assert len(catalog.EVENTS) == 21


@pytest.mark.spec("WHK-06", "LIC-30")
def test_the_life_of_a_license_is_told(owner: Actor, webhook_to: WebhookTo, license_in: LicenseIn) -> None:
    webhook_to()
    license = license_in(Status.ACTIVE)
    assert _names()[-4:] == ["license.created", "license.assigned", "activation.created", "license.activated"]
    activations.end(owner, license.activations.get())
    services.suspend(owner, license, reason="chargeback")
    services.reactivate(owner, license)
    services.revoke(owner, license)
    services.delete_many(owner, [license])
    assert _names()[-6:] == [
        "activation.deleted",
        "license.deactivated",
        "license.suspended",
        "license.updated",
        "license.revoked",
        "license.deleted",
    ]
    assert Delivery.objects.count() == Event.objects.count()


@pytest.mark.spec("WHK-07")
def test_a_payload_is_what_the_api_shows(owner: Actor, webhook_to: WebhookTo, license_in: LicenseIn) -> None:
    webhook_to()
    license = license_in(Status.ACTIVE, "john@example.com")
    told = _payload("license.activated")
    assert set(told) == {"license", "activation", "actor", "occurred_at"}
    assert told["actor"] == {"type": "admin", "id": owner.id}
    shown = told["license"]
    assert (shown["license_key"], shown["uuid"], shown["status"]) == (license.license_key, str(license.uuid), "active")
    assert (shown["customer_email"], told["activation"]["identifier"]) == ("john@example.com", "DESKTOP-4K7QX")
    services.suspend(owner, license, reason="x")
    services.reactivate(owner, license)
    assert _payload("license.updated")["changes"]["status"] == ["suspended", "active"]
    services.delete_many(owner, [license])
    assert _payload("license.deleted")["license"]["license_key"] == license.license_key
    sealed = Event.objects.get(name="license.created").sealed_payload
    assert license.license_key not in sealed


@pytest.mark.spec("PRD-41", "CON-44", "WHK-07")
def test_products_and_contracts_are_told(owner: Actor, webhook_to: WebhookTo) -> None:
    webhook_to()
    product = products.create(owner, name="Pro App", key_bits=2048)
    products.update(owner, product, version=product.version, name="Pro App 2")
    told = _payload("product.updated")
    assert told["product"]["name"] == "Pro App 2"
    assert told["changes"]["name"] == ["Pro App", "Pro App 2"]
    assert "id" not in told["product"]
    contract = contracts.create(owner, product=product, name="Reseller", quota=5, contract_key="C-1")
    contracts.update(owner, contract, version=contract.version, status=Contract.Status.INACTIVE)
    contracts.delete(owner, contract)
    kill_switch.pull(owner, product, confirmation=product.name)
    assert _payload("product.updated")["changes"]
    told = _payload("contract.deleted")["contract"]
    assert (told["name"], told["product_uuid"], "product_id" in told) == ("Reseller", str(product.uuid), False)
    assert [name for name in _names() if name.startswith("contract")] == [
        "contract.created",
        "contract.updated",
        "contract.suspended",
        "contract.deleted",
    ]


@pytest.mark.spec("WHK-06")
def test_only_active_webhooks_of_the_environment_that_listen_are_told(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, product: Product
) -> None:
    wanted = webhook_to("/a", "license.created", name="A")
    webhook_to("/b", "license.revoked", name="B")
    webhook_to("/c", "license.created", environment="staging", name="C")
    off = webhook_to("/d", "license.created", name="D")
    webhooks.set_active(owner, off, False)
    services.generate(owner, generator, 2)
    assert list(Delivery.objects.values_list("webhook_name", flat=True)) == ["A", "A"]
    assert not Delivery.objects.exclude(webhook=wanted).exists()
    webhooks.set_active(owner, off, True)
    assert Delivery.objects.filter(webhook=off).count() == 0


@pytest.mark.spec("WHK-06")
def test_a_change_that_is_rolled_back_tells_nothing(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, receiver: Any, work: Work
) -> None:
    webhook_to()
    before = Event.objects.count()
    with transaction.atomic():
        services.generate(owner, generator, 1)
        assert Event.objects.count() == before + 1
        transaction.set_rollback(True)
    assert Event.objects.count() == before
    work()
    assert "license.created" not in {json.loads(body)["event"] for _, _, body in receiver.seen}


def test_nobody_listening_costs_one_query_and_many_licenses_few_statements(
    owner: Actor, webhook_to: WebhookTo, generator: Generator
) -> None:
    licenses = services.generate(owner, generator, 60).licenses
    with CaptureQueriesContext(connection) as without:
        services.assign_many(owner, licenses[:20], "a@example.com")
    assert sum('FROM "webhooks"' in one["sql"] for one in without) == 1
    webhook_to()
    with CaptureQueriesContext(connection) as few:
        services.assign_many(owner, licenses[20:30], "b@example.com")
    with CaptureQueriesContext(connection) as many:
        services.assign_many(owner, licenses[30:60], "c@example.com")
    assert len(few) == len(many)
    assert Delivery.objects.filter(event_name="license.assigned").count() == 40


def test_what_was_told_of_a_customer_goes_with_him(
    owner: Actor, webhook_to: WebhookTo, license_in: LicenseIn, receiver: Any, work: Work
) -> None:
    webhook_to("/hook", "license.assigned", "license.updated")
    license_in(Status.ASSIGNED, "john@example.com")
    event = Event.objects.get(name="license.assigned")
    assert sealing.payload(event)["license"]["customer_email"] == "john@example.com"
    john = Customer.objects.get(email="john@example.com")
    preferences.set_value("customers.on_delete", "release")
    privacy.delete(owner, john, typed=john.email)
    assert sealing.payload(event) == {}
    work()
    sent = [json.loads(body)["event"] for _, _, body in receiver.seen]
    assert sent == ["license.updated"]
    assert License.objects.get().status == Status.AVAILABLE
    assert Delivery.objects.get(event=event).error.startswith("Cancelled")
