"""An API key in a real browser, from the preset to its end; the API itself says what it is good for."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NewContext, sign_in
from tests.installation import Installation
from tests.portals.admin.test_licenses_in_browser import LOOKS, WIDE, Axe, Open, open_page, template

__all__ = ["open_page", "template"]
pytestmark = pytest.mark.browser
ADMIN = """
from keyturn.access.actors import system
from keyturn.people.admins import services
from keyturn.people.customers.models import Customer
Customer.objects.create(email="ada@example.com", name="Ada Byron")
services.create(system("test"), name="Mara", email="mara@example.com", role="admin", password="correct horse battery")
"""


def _act(page: Page, verb: str, confirmed: str = "") -> None:
    page.get_by_role("button", name="Actions for Till").click()
    page.get_by_role("menuitem", name=verb).click()
    if confirmed:
        page.get_by_role("button", name=confirmed).click()


@pytest.mark.spec("KEY-04", "KEY-05", "KEY-06", "KEY-07")
def test_a_key_from_its_making_to_its_end(installation: Installation, new_context: NewContext, axe: Axe) -> None:
    installation.python(ADMIN)
    with installation.serve("web", "--workers", "2") as web:
        page = new_context(viewport=WIDE).new_page()

        def code(secret: str) -> int:
            answer = page.request.post(f"{web.url}/api/v1/verify", form={"api_key": secret})
            return int(answer.json()["response"]["code"])

        page.goto(f"{web.url}/admin/api-keys")
        sign_in(page, "mara@example.com", "correct horse battery")
        page.get_by_role("link", name="Create API Key").first.click()
        page.get_by_role("button", name="Create API Key").click()
        expect(page.get_by_text("Choose at least one permission.")).to_be_visible()
        axe(page)
        page.get_by_role("textbox", name="Name").fill("Till")
        page.locator("#id_customer").press_sequentially("byr")
        expect(page.locator("#key-customers option")).to_have_attribute("value", "ada@example.com")
        page.locator("#id_customer").fill("")
        page.get_by_role("button", name="Client SDK").click()
        expect(page.locator("#permissions input[name]:checked")).to_have_count(6)
        expect(page.get_by_label("All of License Activate")).to_be_checked()
        page.get_by_role("button", name="Create API Key").click()
        shown = page.get_by_label("API key", exact=True)
        first = shown.input_value()
        axe(page)
        page.locator("dialog[open]").get_by_role("button", name="Done").click()
        assert first not in page.content()
        assert code(first) not in (100, 101)
        page.locator("#main").get_by_role("link", name="Done").click()
        _act(page, "Regenerate…", "Regenerate key")
        second = shown.input_value()
        page.keyboard.press("Escape")
        assert (code(first), code(second) in (100, 101)) == (100, False)
        _act(page, "Revoke…", "Revoke key")
        expect(page.locator("#results").get_by_text("Inactive", exact=True)).to_be_visible()
        assert code(second) == 101
        _act(page, "Enable")
        expect(page.locator("#results").get_by_text("Active", exact=True)).to_be_visible()
        assert code(second) not in (100, 101)
        _act(page, "Delete…", "Delete key")
        expect(page.get_by_text("No API keys yet")).to_be_visible()
        assert code(second) == 100


@LOOKS
def test_axe_finds_nothing_and_nothing_is_too_wide(
    open_page: Open, axe: Axe, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page("/api-keys", viewport=viewport, color_scheme=scheme)
    for address in (page.url, f"{page.url}/create"):
        page.goto(address)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
