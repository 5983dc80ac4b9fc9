"""What the global search answers."""

import re

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.search import Filter, few, matching
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.search import LICENSES
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.operations import finding
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from tests.conftest import ActorFor
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db


def _hits(client: Client, term: str) -> list[str]:
    page = client.get("/admin/search", {"q": term}).content.decode()
    return re.findall(r'role="option"[^>]*href="([^"]+)"', page)


@pytest.mark.spec("CUS-60", "SRC-08")
@pytest.mark.parametrize("role", Role.values)
def test_every_page_of_the_sidebar_is_found_by_its_name(role: str, client_of: ClientOf, john: Customer) -> None:
    client = client_of(role)
    for item in (one for group in client.get("/admin/customers").context["shell"].groups for one in group.items):
        assert _hits(client, item.label.lower())[0] == item.href
        assert client.get(item.href, follow=True).status_code == 200
        assert item.href in _hits(client, item.href.rsplit("/", 1)[1])


@pytest.mark.spec("SRC-08", "SRC-10", "SET-01")
def test_pages_outside_the_sidebar_are_found_too(client_of: ClientOf) -> None:
    manager, viewer = client_of(Role.ADMIN), client_of(Role.VIEWER)
    for word, href, everybody in (
        ("profile", "/admin/profile", True),
        ("renew", "/admin/customers/renewals", True),
        ("compliance", "/admin/customers/compliance", False),
        ("offline", "/admin/licenses/offline-files", False),
        ("import", "/admin/licenses/import", False),
        ("security", "/admin/settings/security", False),
        ("storage", "/admin/settings/storage", False),
    ):
        assert href in _hits(manager, word)
        assert (href in _hits(viewer, word)) == everybody


@pytest.mark.spec("CUS-60", "SRC-10")
def test_customers_licenses_and_products(super_admin: Client, full_license: License, john: Customer) -> None:
    assert f"/admin/customers/{john.uuid}" in _hits(super_admin, "JOHN SM")
    assert f"/admin/customers/{john.uuid}" in _hits(super_admin, "john@ex")
    key = full_license.license_key
    assert f"/admin/licenses/{full_license.uuid}" in _hits(super_admin, key[-7:])
    assert key not in super_admin.get("/admin/search", {"q": key[:-1]}).content.decode()
    assert f"/admin/products/{full_license.product.uuid}" in _hits(super_admin, "pro app")
    assert "/admin/customers?search=john" in _hits(super_admin, "john")


@pytest.mark.spec("SRC-10")
@pytest.mark.parametrize("role", Role.values)
def test_every_result_opens_for_the_role_that_sees_it(role: str, client_of: ClientOf, full_license: License) -> None:
    client = client_of(role)
    for term in ("john", "pro", "li"):
        assert [client.get(href).status_code for href in _hits(client, term)].count(200) == len(_hits(client, term))


@pytest.mark.spec("CUS-60", "SRC-07")
def test_licenses_are_found_by_whatever_is_known_of_them(super_admin: Client, owner: Actor, john: Customer) -> None:
    license = License.objects.get()
    License.objects.update(order_reference="WC-10482")
    page = f"/admin/licenses/{license.uuid}"
    for term in (license.license_key[4:11].lower(), "SMITH", "n@example", "#10482"[1:], "wc-10"):
        assert page in _hits(super_admin, term), term
    answer = super_admin.get("/admin/search", {"q": "wc-10"}).content.decode()
    assert "Order <mark>WC-10</mark>482" in answer


@pytest.mark.spec("SRC-07")
def test_products_are_found_by_their_description(super_admin: Client, full_license: License) -> None:
    Product.objects.update(description="For people who paint walls")
    answer = super_admin.get("/admin/search", {"q": "paint wa"}).content.decode()
    assert f"/admin/products/{full_license.product.uuid}" in answer
    assert "who <mark>paint wa</mark>lls" in answer


@pytest.mark.spec("SRC-04")
def test_the_best_match_comes_first(super_admin: Client, license_in: LicenseIn) -> None:
    for email in ("ann@example.com", "joanna@example.com", "anna@example.com", "ann@example.com.au"):
        license_in(Status.ASSIGNED, email)
    found = {row.email: f"/admin/customers/{row.uuid}" for row in Customer.objects.all()}
    hits = [href for href in _hits(super_admin, "ann@example.com") if href.startswith("/admin/customers/")]
    assert hits == [found["ann@example.com"], found["ann@example.com.au"]]
    hits = [href for href in _hits(super_admin, "ann") if href.startswith("/admin/customers/")]
    assert hits[-1] == found["joanna@example.com"]
    # A page comes first by its title only.
    assert _hits(super_admin, "lic")[0] == "/admin/licenses"
    assert not _hits(super_admin, "ann@")[0].startswith("/admin/licenses?")


@pytest.mark.spec("SRC-09")
@pytest.mark.parametrize("small", [5_000, 0])
def test_customers_are_found_where_they_own_something(
    small: int, super_admin: Client, actor_for: ActorFor, john: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_SMALL", small)
    staging = actor_for(Role.ADMIN, "staging")
    customers.find_or_create(staging, "new@example.com")
    nobody, page = Customer.objects.get(email="new@example.com"), f"/admin/customers/{john.uuid}"
    assert page in _hits(super_admin, "john@")
    assert f"/admin/customers/{nobody.uuid}" not in _hits(super_admin, "new@")
    super_admin.post("/admin/environment", {"environment": "staging"})
    assert page not in _hits(super_admin, "john@")
    if small:
        assert f"/admin/customers/{nobody.uuid}" in _hits(super_admin, "new@")


@pytest.mark.parametrize(("near", "sorted_"), [(4_000, 16_000), (2, 16_000), (2, 0), (0, 0)])
def test_a_search_in_bounded_work_finds_what_there_is(
    near: int, sorted_: int, license_in: LicenseIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [license_in() for _ in range(6)]
    monkeypatch.setattr("keyturn.core.search.handful._NEAR", near)
    monkeypatch.setattr("keyturn.core.search.handful._SORTED", sorted_)
    here = (Filter("environment", "=", "production"),)
    for term in ("pro-", "pr"):
        found = few(matching(LICENSES, term), "created_at", 4, here)
        assert len(found) == 4
        assert set(found) <= {row.pk for row in rows}
        if sorted_:
            assert found == [row.pk for row in reversed(rows)][:4]
    assert few(matching(LICENSES, "no such"), "created_at", 4, here) == []
    assert few(matching(LICENSES, "pro-"), "created_at", 4, (Filter("environment", "=", "staging"),)) == []


@pytest.mark.spec("SRC-09")
def test_licenses_and_products_of_other_environments_are_not_found(super_admin: Client, full_license: License) -> None:
    super_admin.post("/admin/environment", {"environment": "staging"})
    assert not _hits(super_admin, full_license.license_key)
    assert not _hits(super_admin, "pro app")


@pytest.mark.spec("SRC-03", "SRC-07", "SRC-11", "SRC-12")
def test_any_text_is_plain_text(super_admin: Client, john: Customer) -> None:
    assert not _hits(super_admin, "j")
    for term in ("%%", "__", "''", "\\\\", "🦊🦊", "x" * 600, "ö\x00ü", "<script>"):
        assert not _hits(super_admin, term)
    page = super_admin.get("/admin/search", {"q": "<script>"}).content.decode()
    assert "Nothing matches" in page
    assert "<script>" not in page
