"""Offline licenses in the Admin Portal: the form, its file, what was issued."""

import json
import re

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.clock import now
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.offline.models import IssuedFile
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn
from tests.portals.admin.test_products import FIELDS
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
FORM = {"grace_days": "30", "allow_grace": "on", "require_usb": "on"}


@pytest.fixture
def signing_product(product: Product) -> Product:
    signing.ensure(str(product.uuid), 2048)
    return product


@pytest.fixture
def license(signing_product: Product, license_in: LicenseIn) -> License:
    return license_in(Status.ASSIGNED)


def _url(license: License) -> str:
    return f"/admin/licenses/{license.uuid}/offline-file"


def _checked(html: str, name: str) -> bool:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
    assert found
    return " checked" in found[0]


@pytest.mark.spec("OFF-11")
def test_the_form_starts_with_its_defaults(super_admin: Client, license: License) -> None:
    html = super_admin.get(_url(license)).content.decode()
    for name in ("hardware_id", "domain", "usb_serial"):
        assert re.search(rf'<input(?![^>]*value=)[^>]*name="{name}"', html), "empty"
    assert re.search(r'name="grace_days"[^>]*value="30"|value="30"[^>]*name="grace_days"', html)
    assert not _checked(html, "usb")
    assert _checked(html, "allow_grace")
    assert _checked(html, "require_usb")
    assert "Production" in html
    assert 'name="environment"' not in html.split('<form class="panel')[1]


@pytest.mark.spec("OFF-11", "OFF-12", "OFF-17", "OFF-18")
def test_generating_downloads_the_file_and_lists_it(super_admin: Client, license: License, owner: Actor) -> None:
    given = {**FORM, "hardware_id": " PC-1 ", "domain": "App.Example.com", "usb_serial": "left over"}
    answer = super_admin.post(_url(license), {**given, "grace_days": "60"})
    assert answer["Content-Disposition"] == 'attachment; filename="license.lic"'
    document = json.loads(answer.content)
    assert (document["license"]["hardware_id"], document["license"]["domain"]) == ("PC-1", "app.example.com")
    assert document["security"]["usb_serial_number"] is None
    rules = document["validation_rules"]
    assert (rules["grace_period_days"], rules["require_usb_connected"]) == (60, False)
    file = IssuedFile.objects.get()
    page = super_admin.get(_url(license)).content.decode()
    for text in ("PC-1", "app.example.com", "60 days of grace", "Current", "Later changes do not reach", file.sha256):
        assert text in page
    assert "Outdated" not in page
    before = License.objects.get(pk=license.pk)
    assert (before.status, before.active_devices) == (Status.ASSIGNED, 0)
    services.suspend(owner, before, reason="chargeback")
    page = super_admin.get(_url(license)).content.decode()
    assert "Outdated" in page
    assert "is suspended" in page
    signing.replace(signing.draw(str(license.product.uuid), 2048, "rsa-sha256"), now())
    assert "Old key" in super_admin.get(_url(license)).content.decode()


@pytest.mark.spec("OFF-11", "OFF-17")
def test_a_file_for_a_drive(super_admin: Client, license: License) -> None:
    given = {**FORM, "usb": "on", "usb_serial": "4C53", "domain": "left.example.com"}
    document = json.loads(super_admin.post(_url(license), given).content)
    assert document["license"]["domain"] is None
    assert document["security"]["usb_serial_number"] == "4C53"
    assert document["validation_rules"]["require_usb_connected"] is True
    file = IssuedFile.objects.get()
    again = super_admin.get(f"{_url(license)}?again={file.uuid}").content.decode()
    assert _checked(again, "usb")
    assert _checked(again, "require_usb")
    assert 'value="4C53"' in again
    assert license.customer
    customer = super_admin.get(f"/admin/customers/{license.customer.uuid}/activity").content.decode()
    assert "Issued an offline file" in customer or "Offline file issued" in customer


@pytest.mark.spec("OFF-12")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("grace_days", "366"),
        ("grace_days", "-1"),
        ("grace_days", "x"),
        ("grace_days", ""),
        ("domain", "https://example.com"),
        ("domain", "example.com:8080"),
        ("hardware_id", "x" * 256),
    ],
)
def test_a_form_error_issues_nothing(super_admin: Client, license: License, field: str, value: str) -> None:
    answer = super_admin.post(_url(license), {**FORM, field: value})
    assert answer.status_code == 422
    assert "Content-Disposition" not in answer
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert not IssuedFile.objects.exists()
    assert not AuditEvent.objects.filter(action="license.offline_issued").exists()


@pytest.mark.spec("OFF-16", "OFF-10")
@pytest.mark.parametrize("state", [Status.AVAILABLE, Status.SUSPENDED, Status.EXPIRED, Status.REVOKED])
def test_a_license_out_of_use_gets_none(
    super_admin: Client, license_in: LicenseIn, signing_product: Product, state: Status
) -> None:
    license = license_in(state)
    for answer in (super_admin.get(_url(license)), super_admin.post(_url(license), FORM)):
        assert f"is {state}" in answer.content.decode()
        assert "Content-Disposition" not in answer
    assert not IssuedFile.objects.exists()
    menu = super_admin.get("/admin/licenses").content.decode()
    assert re.search(r"<button[^>]*disabled[^>]*>(?:(?!</button>).)*Generate Offline License", menu, re.S)


@pytest.mark.spec("OFF-10")
def test_a_product_without_offline_support(super_admin: Client, license: License) -> None:
    edit = f"/admin/products/{license.product.uuid}/edit"
    assert _checked(super_admin.get(edit).content.decode(), "offline_allowed")
    assert super_admin.post(edit, {**FIELDS, "slug": "pro", "version": license.product.version}).status_code == 302
    assert not Product.objects.get().offline_allowed
    assert super_admin.post(_url(license), FORM).status_code == 422
    assert "switched off" in super_admin.get(_url(license)).content.decode()
    assert not IssuedFile.objects.exists()


@pytest.mark.spec("OFF-11")
@pytest.mark.parametrize("role", Role.values)
def test_who_may(client_of: ClientOf, license: License, role: str) -> None:
    client, may = client_of(role), role in (Role.SUPER_ADMIN, Role.ADMIN)
    assert client.get(_url(license)).status_code == (200 if may else 403)
    assert client.post(_url(license), FORM).status_code == (200 if may else 403)
    for page in ("/admin/licenses", f"/admin/licenses/{license.uuid}", f"/admin/licenses/{license.uuid}/preview"):
        assert (_url(license) in client.get(page).content.decode()) is may


@pytest.mark.spec("OFF-18", "OFF-40")
def test_the_files_of_a_product_are_listed_before_its_keys_are_rotated(
    super_admin: Client, license: License, owner: Actor
) -> None:
    rotate = f"/admin/products/{license.product.uuid}/rotate-keys"
    assert "No file of this product was issued" in super_admin.get(rotate).content.decode()
    for name in ("PC-1", "PC-2"):
        super_admin.post(_url(license), {**FORM, "hardware_id": name})
    assert "2 files of this product" in super_admin.get(rotate).content.decode()
    listed = f"/admin/licenses/offline-files?product={license.product.uuid}"
    for page in (rotate, f"/admin/products/{license.product.uuid}"):
        assert listed in super_admin.get(page).content.decode()

    def found(query: str) -> tuple[bool, bool]:
        html = super_admin.get(f"{listed}{query}").content.decode()
        return "PC-1" in html, "PC-2" in html

    assert found("") == (True, True)
    assert found("&search=pc-2") == (False, True)
    assert found("&state=current") == (True, True)
    assert found("&state=outdated") == (False, False)
    services.suspend(owner, License.objects.get(pk=license.pk), reason="chargeback")
    assert found("&state=outdated") == (True, True)
    assert found("&state=old-key") == found("&state=current") == (False, False)
    signing.replace(signing.draw(str(license.product.uuid), 2048, "rsa-sha256"), now())
    assert found("&state=old-key") == (True, True)
    super_admin.post("/admin/environment", {"environment": "staging"})
    assert found("") == (False, False)
