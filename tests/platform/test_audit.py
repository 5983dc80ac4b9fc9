"""The audit trail: append-only, forgettable."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from keyturn.access.actors import Actor
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
