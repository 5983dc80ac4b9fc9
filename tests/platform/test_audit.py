"""The audit trail: append-only, forgettable."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from keyturn.access.actors import Actor, ActorKind
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent, DataKey

pytestmark = pytest.mark.django_db


def _event(owner: Actor) -> AuditEvent:
    customer = uuid4()
    entry = audit.Entry(
        "license.assigned", ("license", uuid4()), customer=customer, personal={"email": "john@example.com"}
    )
    return audit.record(owner, entry)


@pytest.mark.spec("LCY-20")
def test_the_database_refuses_to_change_or_remove_an_event(owner: Actor) -> None:
    event = _event(owner)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(action="nothing")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).delete()
    assert AuditEvent.objects.get(pk=event.pk).action == "license.assigned"


def test_personal_data_is_sealed_and_goes_with_its_key(owner: Actor) -> None:
    event = _event(owner)
    assert "john" not in str(AuditEvent.objects.filter(pk=event.pk).values())
    assert audit.personal_data(event) == {"email": "john@example.com"}
    DataKey.objects.filter(owner=event.customer_uuid).delete()
    assert audit.personal_data(event) == {}


@pytest.mark.spec("LOG-15")
def test_an_event_tells_from_where(owner: Actor) -> None:
    event = _event(replace(owner, ip="203.0.113.5"))
    assert event.ip == "203.0.113.5"


@pytest.mark.spec("LOG-15", "CUS-43")
@pytest.mark.parametrize("kind", ["customer", "api_key"])
def test_the_address_of_a_customer_is_sealed_with_his_key(kind: ActorKind) -> None:
    event = _event(Actor(kind, ip="203.0.113.5"))
    assert "203.0.113.5" not in str(AuditEvent.objects.filter(pk=event.pk).values())
    assert audit.personal_data(event)["ip"] == "203.0.113.5"
