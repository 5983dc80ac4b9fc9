"""The licenses of a search as a file (LIC-09)."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.core.text import mask_key
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.operations.imports import passes
from keyturn.operations.imports import services as imports
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn, generator, license_in, product
from tests.portals.conftest import ClientOf

__all__ = ["generator", "license_in", "product"]
pytestmark = pytest.mark.django_db


def _file(client: Client, query: str = "") -> str:
    answer = client.get(f"/admin/licenses/export{query}")
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def _rows(client: Client, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_file(client, query))))


@pytest.mark.spec("LIC-09", "LIC-30")
def test_the_filtered_set_with_its_columns(super_admin: Client, license_in: LicenseIn) -> None:
    active, _ = license_in(Status.ACTIVE), license_in()
    Customer.objects.update(name="=cmd()")
    (row,) = _rows(super_admin, "?status=active")
    assert list(row)[:11] == [
        *("License Key", "Product", "Customer Name", "Customer Email", "Status", "Activations Used"),
        *("Activation Limit", "Expiry Date", "Created", "Source", "Feature Flags"),
    ]
    assert row["License Key"] == active.license_key
    assert (row["Product"], row["Customer Email"], row["Status"]) == ("Pro App", "john@example.com", "active")
    assert (row["Activations Used"], row["Activation Limit"]) == ("1", "3")
    assert active.expires_at is not None
    assert row["Expiry Date"] == f"{active.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    assert row["Customer Name"] == "'=cmd()"
    assert len(_rows(super_admin)) == 2
    event = AuditEvent.objects.filter(action="list.exported").order_by("pk")[0]
    assert event.changes["filters"] == {"status": "active"}


@pytest.mark.spec("LIC-34")
def test_who_may_not_reveal_keys_gets_them_masked(client_of: ClientOf, license_in: LicenseIn) -> None:
    license = license_in()
    for role in Role.values:
        (row,) = _rows(client_of(role))
        whole = role != Role.VIEWER
        assert row["License Key"] == (license.license_key if whole else mask_key(license.license_key))


@pytest.mark.parametrize("format", ["csv", "excel", "json"])
def test_an_export_can_be_imported_elsewhere(
    super_admin: Client, owner: Actor, license_in: LicenseIn, format: str
) -> None:
    for state in Status:
        license_in(state)
    License.objects.filter(status=Status.ASSIGNED).update(features={"export": True}, order_reference="-1+1")
    License.objects.update(expires_at=clock.now().replace(microsecond=0) + timedelta(days=9))
    License.objects.filter(status=Status.EXPIRED).update(expires_at=clock.now().replace(microsecond=0))
    columns = ("license_key", "status", "customer__email", "activation_limit", "expires_at", "features")
    before = {row[0]: row for row in License.objects.values_list(*columns, "order_reference")}
    text = _file(super_admin, f"?format={format}")
    if format == "json":
        assert {row["license_key"] for row in json.loads(text)} == set(before)
    services.delete_many(owner, list(License.objects.all()))
    of = imports.upload(owner, io.BytesIO(text.encode()), "export")
    passes.check(of)
    imports.begin(of)
    passes.carry_out(owner, of)
    assert (of.good, of.faulty, of.duplicates) == (len(before), 0, 0), [fault.reason for fault in of.faults.all()]
    after = {row[0]: row for row in License.objects.values_list(*columns, "order_reference")}
    for key, row in before.items():
        assert after[key][:2] == (key, "assigned" if row[1] == "active" else row[1])
        assert after[key][2:] == row[2:]
