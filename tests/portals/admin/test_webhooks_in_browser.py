"""A webhook in a real browser: from the ticked group to the delivery that a worker made."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect
from standardwebhooks.webhooks import Webhook as StockVerifier

from tests.browser import NewContext, sign_in
from tests.installation import Installation
from tests.portals.admin.test_licenses_in_browser import LOOKS, WIDE, Axe, Open, open_page, template
from tests.receiver import receiver

__all__ = ["open_page", "receiver", "template"]
pytestmark = pytest.mark.browser
ADMIN = """
from keyturn.access.actors import system
from keyturn.people.admins import services
services.create(system("test"), name="Mara", email="mara@example.com", role="admin", password="correct horse battery")
"""


@pytest.mark.spec("WHK-02", "WHK-03", "WHK-08", "WHK-15")
def test_a_webhook_from_its_making_to_its_first_delivery(
    installation: Installation, new_context: NewContext, axe: Axe, receiver: Any
) -> None:
    installation.env["KEYTURN_ALLOW_LOCAL_CALLS"] = "1"
    installation.python(ADMIN)
    with installation.serve("web", "--workers", "1") as web, installation.worker():
        page = new_context(viewport=WIDE).new_page()
        page.goto(f"{web.url}/admin/webhooks")
        sign_in(page, "mara@example.com", "correct horse battery")
        page.get_by_role("link", name="Create Webhook").first.click()
        page.get_by_role("textbox", name="Name").fill("Shop")
        page.get_by_role("textbox", name="Target URL").fill(f"http://127.0.0.1:{receiver.server_port}/500")
        whole = page.get_by_role("checkbox", name="All activation events")
        whole.check()
        expect(page.locator("#events input[name=events]:checked")).to_have_count(3)
        page.get_by_role("checkbox", name="activation.failed").uncheck()
        expect(whole).not_to_be_checked()
        assert whole.evaluate("box => box.indeterminate")
        axe(page)
        page.get_by_role("button", name="Create Webhook").click()
        expect(page.get_by_role("heading", name="Edit Shop")).to_be_visible()
        page.get_by_role("button", name="Reveal key whsec_").click()
        shown = page.locator("[data-key]")
        expect(shown).not_to_contain_text("•")
        secret = shown.inner_text()
        page.get_by_role("button", name="Generate New Secret…").click()
        page.get_by_role("button", name="Generate new secret", exact=True).click()
        expect(page.get_by_text("New secret generated")).to_be_visible()
        page.get_by_role("button", name="Send Test").click()
        expect(page.get_by_role("heading", name="webhook.test")).to_be_visible()
        expect(page.get_by_text("The receiver answered 500.")).to_be_visible()
        axe(page)
        _, headers, body = receiver.seen[0]
        with pytest.raises(Exception, match="No matching signature"):
            StockVerifier(secret).verify(body, headers)
        page.get_by_role("link", name="Shop").click()
        page.get_by_role("button", name="Reveal key whsec_").click()
        expect(shown).not_to_contain_text("•")
        assert StockVerifier(shown.inner_text()).verify(body, headers) == json.loads(body)


@LOOKS
def test_axe_finds_nothing_and_nothing_is_too_wide(
    open_page: Open, axe: Axe, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page("/webhooks", viewport=viewport, color_scheme=scheme)
    for address in (page.url, f"{page.url}/create", page.url.replace("/webhooks", "/webhook-deliveries")):
        page.goto(address)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
