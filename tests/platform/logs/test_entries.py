"""Rows of the system log."""

import pytest
from django.db import DatabaseError, transaction

from keyturn.platform.logs.models import LogEntry

pytestmark = pytest.mark.django_db


def _entry() -> LogEntry:
    return LogEntry.objects.create(
        category="api", action="api_call", environment="production", ip="203.0.113.5", license_id=7
    )


@pytest.mark.spec("LOG-07")
@pytest.mark.parametrize(
    "changes", [{"action": "login"}, {"ip": "203.0.113.6"}, {"context": {"a": 1}}, {"license_id": None}, {"level": 40}]
)
def test_the_database_refuses_to_change_an_entry(changes: dict[str, object]) -> None:
    entry = _entry()
    with pytest.raises(DatabaseError), transaction.atomic():
        LogEntry.objects.filter(pk=entry.pk).update(**changes)


@pytest.mark.spec("LOG-07", "CUS-43")
def test_its_address_can_be_blanked_and_it_can_be_purged() -> None:
    entry = _entry()
    assert LogEntry.objects.filter(pk=entry.pk).update(ip="") == 1
    assert LogEntry.objects.filter(pk=entry.pk).delete()[0] == 1
