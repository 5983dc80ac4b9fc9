"""The bare address, and the vendor's name on the pages."""

import pytest
from django.test import Client

from keyturn.platform.preferences import services as preferences
from tests.portals.conftest import AdminOf

pytestmark = pytest.mark.django_db


def test_the_landing_page_names_the_vendor_and_both_ways_in(admin_of: AdminOf) -> None:
    admin_of("super_admin")
    preferences.set_value("general.app_name", "Acme <Keys>")
    preferences.set_value("general.support_email", "help@example.com")
    page = Client().get("/").content.decode()
    assert "Acme &lt;Keys&gt;" in page
    for address in ("/customer/login", "/admin/sign-in", "mailto:help@example.com"):
        assert f'href="{address}"' in page
    assert "Help</a>" not in page
    preferences.set_value("general.support_url", "https://example.com/help")
    assert 'href="https://example.com/help"' in Client().get("/").content.decode()


def test_off_it_leads_to_the_admin_portal(admin_of: AdminOf) -> None:
    admin_of("super_admin")
    preferences.set_value("general.landing_page", False)
    assert Client().get("/")["Location"] == "/admin/"


def test_the_vendors_name_stands_in_titles_and_frame(super_admin: Client) -> None:
    preferences.set_value("general.app_name", "Acme & Sons")
    page = super_admin.get("/admin/customers").content.decode()
    assert "<title>Customers · Acme &amp; Sons</title>" in page
    for address in ("/admin/sign-in", "/customer/login"):
        assert "<title>Sign in · Acme &amp; Sons</title>" in Client().get(address).content.decode()
    assert "<title>Acme &amp; Sons</title>" in Client().get("/").content.decode()


def test_the_old_address_of_the_way_in_leads_there(client: Client) -> None:
    answer = client.get("/admin/login?next=/admin/customers")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/sign-in?next=/admin/customers")
