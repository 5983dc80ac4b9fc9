"""Passkeys in a real browser, with a virtual device that Chromium holds."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser import NewContext, sign_in
from tests.installation import Installation

Axe = Callable[[Page], None]
pytestmark = pytest.mark.browser
MADE = """
from keyturn.access.actors import system
from keyturn.people.admins import services
services.create(system("test"), name="Mara", email="mara@example.com", role="admin", password="correct horse")
"""
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def address(installation: Installation) -> Iterator[str]:
    installation.python(MADE)
    with installation.serve("web", "--workers", "1") as web:
        # Browsers allow passkeys under names only.
        yield web.url.replace("127.0.0.1", "localhost")


def test_a_passkey_is_made_used_once_for_each_sign_in_and_removed(
    address: str, new_context: NewContext, axe: Axe
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    held = device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    page.goto(f"{address}/admin/sign-in?next=/admin/profile")
    sign_in(page, "mara@example.com")
    _add(page, axe)
    page.context.clear_cookies()

    page.goto(f"{address}/admin/sign-in?next=/admin/profile")
    axe(page)
    with page.expect_request(lambda asked: asked.method == "POST") as sent:
        page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Profile and security")).to_be_visible()
    used = page.get_by_role("row", name=re.compile("Work laptop")).get_by_role("cell", name="Last Used just now")
    expect(used).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{address}/admin/sign-in")
    assert _replayed(page, sent.value) == 422, "an answer was good twice"
    device.send("WebAuthn.setUserVerified", {"authenticatorId": held, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("No passkey was used. Try again, or cancel.")
    device.send("WebAuthn.setUserVerified", {"authenticatorId": held, "isUserVerified": True})

    page.goto(f"{address}/admin/sign-in?next=/admin/profile")
    sign_in(page, "mara@example.com")
    page.get_by_role("button", name="Remove passkey Work laptop").click()
    page.get_by_label("Current password").fill("correct horse")
    axe(page)
    page.get_by_role("button", name="Remove passkey", exact=True).click()
    expect(page.get_by_text("Passkey removed")).to_be_visible()
    expect(page.get_by_role("button", name="Remove passkey Work laptop")).to_have_count(0)
    page.context.clear_cookies()
    page.goto(f"{address}/admin/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("This passkey was not accepted.")


def _add(page: Page, axe: Axe) -> None:
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill("Work laptop")
    page.get_by_label("Current password").fill("wrong horse")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This is not your current password.")).to_be_visible()
    axe(page)
    page.get_by_label("Current password").fill("correct horse")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Confirm on your device")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Create passkey").click()
    expect(page.get_by_text("Passkey added")).to_be_visible()
    expect(page.get_by_role("button", name="Remove passkey Work laptop")).to_be_visible()


def _replayed(page: Page, sent: Request) -> int:
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    fields = {name: values[0] for name, values in parse_qs(sent.post_data or "").items()}
    headers = {"Origin": sent.headers["origin"], "Referer": sent.headers["referer"]}
    return page.request.post(sent.url, form={**fields, "csrfmiddlewaretoken": token}, headers=headers).status
