"""The same workflows without a mouse."""

import re
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Shop, heading, rows

pytestmark = pytest.mark.browser


def _reach(page: Page, target: Locator) -> None:
    """Tab until `target` has the focus."""
    expect(target).to_be_visible()
    for _ in range(120):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by Tab")


def _press(page: Page, target: Locator, key: str = "Enter") -> None:
    _reach(page, target)
    page.keyboard.press(key)


def _search(page: Page, term: str, count: int = 1) -> None:
    page.keyboard.press("/")
    expect(page.locator("#list-search")).to_be_focused()
    page.keyboard.type(term)
    expect(page).to_have_url(re.compile(f"search={quote_plus(term)}"))
    expect(rows(page)).to_have_count(count)


def _jump(page: Page, name: str) -> None:
    """Open a page by the palette."""
    page.keyboard.press("ControlOrMeta+k")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.type(name.lower())
    expect(page.get_by_role("option", name=name, exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    heading(page, name)


@pytest.mark.spec("CUS-12", "CUS-60")
def test_1_the_key_of_a_caller(page: Page, shop: Shop) -> None:
    page.keyboard.press("ControlOrMeta+k")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.type("john@example.com")
    expect(page.get_by_role("option").filter(has_text="john@example.com").first).to_be_visible()
    page.keyboard.press("Enter")
    heading(page, "John Smith")
    _press(page, page.locator("section[aria-labelledby=inventory]").get_by_role("button", name="Copy key"))
    expect(page.locator(".toast")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == shop.key


@pytest.mark.spec("CUS-01", "LIC-08")
def test_2_five_bought_three_seen(page: Page) -> None:
    _search(page, "john@company.com")
    expect(rows(page)).to_contain_text("3 Licenses")
    _jump(page, "Licenses")
    _search(page, "#10482", 2)
    _reach(page, page.locator("#filter-status"))
    page.keyboard.type("Avail")
    expect(page).to_have_url(re.compile("status=available"))
    expect(rows(page)).to_have_count(2)
    _press(page, page.get_by_label("Select all on this page"), "Space")
    _press(page, page.get_by_role("toolbar").get_by_role("button", name="Assign…"))
    dialog = page.get_by_role("dialog", name="Assign 2 licenses")
    expect(dialog.get_by_role("textbox", name="Customer e-mail")).to_be_focused()
    page.keyboard.type("john@company.com")
    expect(dialog).to_contain_text("They will have 5.")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("john@company.com now has 5 licenses.")
    _jump(page, "Customers")
    _search(page, "john@company.com")
    expect(rows(page)).to_contain_text("5 Licenses")


@pytest.mark.spec("CUS-13", "CUS-14")
def test_3_the_limit_is_reached(page: Page) -> None:
    _search(page, "sarah@company.com")
    _press(page, page.get_by_role("link", name="View Sarah Johnson"))
    heading(page, "Sarah Johnson")
    _press(page, page.get_by_role("button", name="Deactivate DEVICE-3"))
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    _press(page, dialog.get_by_role("button", name="Deactivate device"))
    expect(page.locator("section[aria-labelledby=inventory]")).to_contain_text("2 / 3")


@pytest.mark.spec("CUS-17", "CUS-43")
def test_4_a_new_address(page: Page) -> None:
    _search(page, "old@email.com")
    _press(page, page.get_by_role("link", name="View Olivia Novak"))
    heading(page, "Olivia Novak")
    _press(page, page.get_by_role("button", name="Transfer Licenses"))
    dialog = page.get_by_role("dialog", name="Transfer Licenses")
    _reach(page, dialog.locator("#id_email"))
    page.keyboard.type("new@email.com")
    expect(dialog).to_contain_text("created")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("new@email.com")
    expect(page.locator("section[aria-labelledby=inventory] tbody tr")).to_have_count(0)
    _press(page, page.get_by_role("button", name="Delete Customer"))
    dialog = page.get_by_role("alertdialog", name="Delete Olivia Novak?")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("old@email.com")
    page.keyboard.press("Enter")
    heading(page, "Customers")
    _search(page, "new@email.com")
    expect(rows(page)).to_contain_text("3 Licenses")


@pytest.mark.spec("LIC-05", "CUS-09")
def test_5_a_renewal_campaign(page: Page) -> None:
    _press(page, page.get_by_role("link", name="Renewals").first)
    heading(page, "Renewals")
    expect(rows(page).first).to_contain_text("High")
    _press(page, page.get_by_role("button", name="Export contacts"))
    expect(page.get_by_role("menuitem", name="CSV", exact=True)).to_be_focused()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert "john@acmecorp.com" in download.value.path().read_text("utf-8-sig")


@pytest.mark.spec("CUS-41")
def test_6_the_right_of_access(page: Page) -> None:
    _search(page, "john@example.com")
    _press(page, page.get_by_role("link", name="View John Smith"))
    heading(page, "John Smith")
    _press(page, page.get_by_role("button", name="Export Customer Data"))
    dialog = page.get_by_role("dialog", name="Export Customer Data")
    expect(dialog.get_by_label("Format")).to_be_focused()
    with page.expect_download() as download:
        _press(page, dialog.get_by_role("button", name="Export", exact=True))
    assert "john@example.com" in download.value.path().read_text()
