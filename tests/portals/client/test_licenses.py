"""Dashboard, licenses and their page, as their owner sees them."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.text import mask_key
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer
from keyturn.platform.logs.models import RequestLog
from tests.licensing.conftest import LicenseIn
from tests.licensing.shelf import ReleaseOf, release_of
from tests.portals.conftest import VisitOf

__all__ = ["release_of"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def portal(john: Customer, visit_of: VisitOf) -> Client:
    """The portal as John sees it."""
    return visit_of(john)


def _text(client: Client, address: str) -> str:
    """A page as a reader has it."""
    page = client.get(address)
    assert page.status_code == 200
    body = re.sub(r"<svg.*?</svg>", "", page.content.decode(), flags=re.S)
    return " ".join(re.sub("<[^>]+>", " ", body).split())


def _rows(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/customer/licenses{query}").content.decode()
    return re.findall(r'row-link[^>]* href="/customer/licenses/([0-9a-f-]{36})"', page)


@pytest.mark.spec("CLP-10", "CLP-12", "CLP-02")
def test_the_dashboard_counts_and_shows_what_came_last(portal: Client, license_in: LicenseIn) -> None:
    states = (Status.ASSIGNED, Status.ACTIVE, Status.SUSPENDED, Status.REVOKED, Status.EXPIRED, Status.ASSIGNED)
    made = [license_in(status) for status in states]
    for days, license in enumerate(reversed(made)):
        License.objects.filter(pk=license.pk).update(assigned_at=clock.now() - timedelta(days=days))
    text = _text(portal, "/customer/dashboard")
    assert "Total Licenses 6 1 product" in text
    assert "Active Licenses 1 in use now" in text
    assert "Activations in Use 1 on your devices" in text
    assert "Expiring Soon 0 within 30 days" in text
    assert "Welcome back, John" in text
    shown = re.findall(r'href="/customer/licenses/([0-9a-f-]{36})"', portal.get("/customer/dashboard").content.decode())
    assert shown == [str(license.uuid) for license in reversed(made)][:5]
    assert made[-1].license_key not in text


@pytest.mark.spec("CLP-11", "CLP-01")
def test_the_ways_on_lead_somewhere(portal: Client) -> None:
    page = portal.get("/customer/dashboard").content.decode()
    for address in set(re.findall(r'href="(/customer/[^"?]*)"', page)):
        assert portal.get(address).status_code == 200, address


@pytest.mark.spec("CLP-13", "CUS-24")
def test_without_licenses_there_are_zeros_and_a_word(portal: Client) -> None:
    text = _text(portal, "/customer/dashboard")
    assert "Total Licenses 0" in text
    assert "Licenses bought for john@example.com appear here" in text
    assert "No licenses yet" in _text(portal, "/customer/licenses")
    assert "No devices yet" in _text(portal, "/customer/activations")


@pytest.mark.spec("CLP-20")
def test_columns_of_my_licenses(portal: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    License.objects.update(expires_at=None)
    text = _text(portal, "/customer/licenses")
    assert "License Key Product Status Activations Expires" in text
    assert f"{mask_key(license.license_key)} Pro App Active 1 / 3 Never" in text
    assert license.license_key not in text
    License.objects.update(expires_at=clock.now() + timedelta(days=6, hours=2))
    assert "in 6 days" in _text(portal, "/customer/licenses")
    License.objects.update(expires_at=clock.now() - timedelta(days=1))
    assert 'class="text-bad"' in portal.get("/customer/licenses").content.decode()


@pytest.mark.spec("CLP-21")
def test_search_and_status(portal: Client, license_in: LicenseIn) -> None:
    held, used = license_in(Status.SUSPENDED), license_in(Status.ACTIVE)
    hers = license_in(Status.ACTIVE, "sarah@company.com")
    assert set(_rows(portal)) == {str(held.uuid), str(used.uuid)}
    assert _rows(portal, f"?search={used.license_key}") == [str(used.uuid)]
    assert _rows(portal, f"?search={used.license_key[-6:].lower()}") == [str(used.uuid)]
    assert len(_rows(portal, "?search=pro+app")) == 2
    assert _rows(portal, f"?search={hers.license_key}") == []
    assert _rows(portal, "?search=%25") == []
    assert _rows(portal, "?status=suspended") == [str(held.uuid)]
    options = re.findall(r'<option value="(\w+)"', portal.get("/customer/licenses").content.decode())
    assert options[:5] == ["assigned", "active", "suspended", "expired", "revoked"]


@pytest.mark.spec("CLP-22")
def test_the_page_of_a_license(portal: Client, license_in: LicenseIn, product: Product) -> None:
    product.features.create(key="export", label="Export to PDF", type="boolean", default=True)
    license = license_in(Status.ACTIVE)
    Activation.objects.update(details={"name": "Johns desk", "product_version": "2.4.0"})
    text = _text(portal, f"/customer/licenses/{license.uuid}")
    assert license.license_key not in portal.get(f"/customer/licenses/{license.uuid}").content.decode()
    for words in (
        "Pro App",
        mask_key(license.license_key),
        "Export to PDF Included",
        "Environment Production",
        "1 / 3",
    ):
        assert words in text
    assert "Johns desk DESKTOP-4K7QX v2.4.0 Active just now Download offline file for DESKTOP-4K7QX Deactivate" in text
    answer = portal.post(f"/customer/licenses/{license.uuid}/key")
    assert answer.json() == {"key": license.license_key}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.spec("CLP-22")
def test_the_page_says_which_versions_the_license_opens(
    portal: Client, license_in: LicenseIn, product: Product, release_of: ReleaseOf, owner: Actor
) -> None:
    license = license_in(Status.ACTIVE)

    def versions() -> str:
        text = _text(portal, f"/customer/licenses/{license.uuid}")
        return text.partition("Versions ")[2].partition(" Expires ")[0]

    assert versions() == "", "nothing is published, so nothing is told"
    release_of(product, "2.3.1")
    assert versions() == "All, newest v2.3.1"
    release_of(product, "3.0.0", assigned_after=date(2999, 1, 1))
    assert versions() == "1 of 2, newest v2.3.1 This version is for licenses bought from Jan 1, 2999 on."
    services.suspend(owner, license, reason="Unpaid")
    assert versions() == "None at present Your license is suspended. Downloads need an active license."


@pytest.mark.spec("CLP-25")
def test_nobody_is_told_to_activate_what_takes_no_devices(
    portal: Client, license_in: LicenseIn, product: Product, owner: Actor
) -> None:
    license = license_in(Status.ASSIGNED)
    products.update(owner, product, version=product.version, status="inactive")
    text = _text(portal, f"/customer/licenses/{license.uuid}")
    assert "Not activated The product takes no new devices for now. Contact support." in text
    assert "Enter the license key in the software" not in text


CASES = [
    (Status.ASSIGNED, "Not activated", "Code 202"),
    (Status.ACTIVE, "Valid Your devices keep working", ""),
    (Status.SUSPENDED, "Suspended The license is paused", "Code 204"),
    (Status.REVOKED, "Revoked The license was withdrawn", "Code 204"),
    (Status.EXPIRED, "Expired The license has ended", "Code 205"),
]


@pytest.mark.spec("CLP-25")
@pytest.mark.parametrize(("status", "words", "code"), CASES)
def test_what_is_wrong_is_said_in_words_and_with_the_code_of_the_api(
    status: Status, words: str, code: str, portal: Client, license_in: LicenseIn
) -> None:
    text = _text(portal, f"/customer/licenses/{license_in(status).uuid}")
    assert words in text
    assert code in text


@pytest.mark.spec("CLP-25")
def test_every_failure_is_listed(portal: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.SUSPENDED)
    License.objects.update(expires_at=clock.now() - timedelta(days=3))
    Product.objects.update(status="inactive")
    text = _text(portal, f"/customer/licenses/{license.uuid}")
    for words in ("Suspended Code 204", "3 days ago Code 205", "Inactive Code 203", "0 of 3 in use Code 202"):
        assert words in text


@pytest.mark.spec("CLP-26")
def test_a_full_license_is_valid(portal: Client, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    for name in ("MBP-14", "OLD-LAPTOP"):
        activations.activate(owner, license, identifier=name, kind="hardware")
    text = _text(portal, f"/customer/licenses/{license.uuid}")
    assert "Valid, no free slot Your installed devices keep working" in text
    assert "3 of 3 in use Code 302" in text


@pytest.mark.spec("CLP-25")
def test_the_last_refusal_of_the_software_is_told(portal: Client, license_in: LicenseIn) -> None:
    license, address = license_in(Status.ACTIVE), ""
    address = f"/customer/licenses/{license.uuid}"
    for code, hours in ((302, 2), (202, 800), (200, 1)):
        at = clock.now() - timedelta(hours=hours)
        RequestLog.objects.create(at=at, endpoint="verify", code=code, status=200, license_id=license.pk)
    RequestLog.objects.create(endpoint="verify", code=205, status=200, license_id=license.pk + 1)
    RequestLog.objects.filter(code=302).update(id=10_000)
    assert "Last refusal: Activation limit reached , code 302, 2 hours ago" in _text(portal, address)
    RequestLog.objects.filter(code=302).delete()
    assert "Last refusal" not in _text(portal, address)


@pytest.mark.spec("LIC-35")
def test_own_licenses_in_every_state_without_what_is_the_vendors(portal: Client, license_in: LicenseIn) -> None:
    own = {state: license_in(state) for state in Status if state != Status.AVAILABLE}
    stock, other = license_in(), license_in(Status.ASSIGNED, "somebody@else.example")
    License.objects.update(
        order_reference="#secret", metadata={"margin": "low"}, source="import", generator_name="Gen9"
    )
    page = portal.get("/customer/licenses").content.decode()
    for license in own.values():
        detail = portal.get(f"/customer/licenses/{license.uuid}")
        assert detail.status_code == 200
        assert str(license.uuid) in page
        for text in (page, detail.content.decode()):
            assert not [word for word in ("#secret", "margin", "Gen9", "/admin/") if word in text]
    for license in (stock, other):
        assert str(license.uuid) not in page
        assert portal.get(f"/customer/licenses/{license.uuid}").status_code == 404


@pytest.mark.spec("CLP-03", "LCY-14")
def test_there_is_nothing_to_change_on_a_license(portal: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert portal.generic(method, f"/customer/licenses/{license.uuid}").status_code == 405
        assert portal.generic(method, "/customer/licenses").status_code == 405


@pytest.mark.spec("CLP-43")
def test_downloads_say_why_there_are_none(portal: Client) -> None:
    text = _text(portal, "/customer/downloads")
    assert "No downloads available" in text
    assert 'href="/customer/licenses"' in portal.get("/customer/downloads").content.decode()


@pytest.mark.parametrize(
    ("page", "most"),
    [("dashboard", 6), ("licenses", 5), ("activations", 5), ("license", 11), ("downloads", 6), ("profile", 12)],
)
def test_queries_do_not_grow_with_the_rows(
    page: str,
    most: int,
    portal: Client,
    license_in: LicenseIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(4):
        license = license_in(Status.ACTIVE)
    address = f"licenses/{license.uuid}" if page == "license" else page
    portal.get(f"/customer/{address}")
    with django_assert_max_num_queries(most):
        portal.get(f"/customer/{address}")


@pytest.mark.spec("CLP-23")
@pytest.mark.parametrize(("days", "words"), [(20, "expires in 20 days"), (-2, "expired 2 days ago"), (40, "")])
def test_who_renews_is_said_in_time(days: int, words: str, portal: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    License.objects.update(expires_at=clock.now() + timedelta(days=days, minutes=-1 if days < 0 else 1))
    text = _text(portal, f"/customer/licenses/{license.uuid}")
    assert ("To renew it, ask the vendor" in text) is bool(words)
    assert words in text


@pytest.mark.spec("CLP-02")
def test_every_access_is_logged(portal: Client, john: Customer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    portal.get("/customer/licenses")
    Client().get("/customer/activations")
    assert f"portal: {john.uuid} asks GET /customer/licenses" in caplog.text
    assert "portal: nobody asks GET /customer/activations" in caplog.text
