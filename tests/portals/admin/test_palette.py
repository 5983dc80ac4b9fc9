"""What the global search answers."""

import re

import pytest
from django.test import Client

from keyturn.access.permissions import Role
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
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
        assert client.get(item.href).status_code == 200


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


@pytest.mark.spec("SRC-09")
def test_licenses_and_products_of_other_environments_are_not_found(super_admin: Client, full_license: License) -> None:
    super_admin.post("/admin/environment", {"environment": "staging"})
    assert not _hits(super_admin, full_license.license_key)
    assert not _hits(super_admin, "pro app")


@pytest.mark.spec("SRC-03", "SRC-07", "SRC-11", "SRC-12")
def test_any_text_is_plain_text(super_admin: Client, john: Customer) -> None:
    assert not _hits(super_admin, "j")
    for term in ("%%", "__", "''", "\\\\", "🦊🦊", "x" * 600, "a\x00b", "<script>"):
        assert not _hits(super_admin, term)
    page = super_admin.get("/admin/search", {"q": "<script>"}).content.decode()
    assert "Nothing matches" in page
    assert "<script>" not in page
