"""What a verification writes on PostgreSQL: its own row, and no index."""

import pytest
from django.db import connection

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.core.db import Shared
from keyturn.licensing.licenses import activations, record
from keyturn.licensing.licenses.facts import of_activation
from keyturn.licensing.licenses.record import Entry, LogRow
from keyturn.licensing.licenses.status import Status
from tests.licensing.conftest import LicenseIn

pytestmark = pytest.mark.django_db


def test_a_verification_writes_no_index(license_in: LicenseIn, owner: Actor) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes only the indexes whose columns change.")
    license = license_in(Status.ASSIGNED)
    _, device = activations.activate(owner, license, identifier="PC-1", kind="hardware", ip="203.0.113.24")
    assert device is not None
    before = _updates()
    for _ in range(2):
        row = LogRow(now(), "production", "verify", 200, 200, 1, license.pk, "PRO", "203.0.113.24", "", 1)
        record.write(Shared(), [Entry(row, of_activation(device))])
    after = _updates()
    assert (after[0] - before[0], after[1] - before[1]) == (2, 2)


def _updates() -> tuple[int, int]:
    """The rows of activations that this transaction updated, and how many of them touched no index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'activations'")
        made: tuple[int, int] = cursor.fetchone()
        return made
