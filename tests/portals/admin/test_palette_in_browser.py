"""The palette in a real browser, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NewContext
from tests.portals.admin.test_in_browser import LOOKS, WIDE, Axe, Shop, shop

__all__ = ["shop"]
pytestmark = pytest.mark.browser
SEARCH = "Search licenses, products, or customers..."


@pytest.mark.spec("SRC-01", "SRC-02", "SRC-04", "SRC-05", "SRC-08", "CUS-60")
def test_from_any_page_to_a_customer_without_a_mouse(shop: Shop, new_context: NewContext) -> None:
    page = shop.sign_in(new_context(viewport=WIDE))
    for address in ("dashboard", "customers", "licenses", "activations", "products", "generators"):
        page.goto(f"{shop.url}/admin/{address}")
        trigger = page.get_by_role("button", name=re.compile("^Search licenses"))
        expect(trigger).to_contain_text(SEARCH)
        expect(trigger).to_contain_text("Ctrl K")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("combobox", name=SEARCH)).to_be_focused()
        page.keyboard.press("Escape")
    page.evaluate("window.still = true")
    page.keyboard.press("Control+k")
    page.keyboard.type("smith")
    options = page.locator("#palette [role=option]")
    expect(options.first).to_contain_text("John Smith")
    assert page.locator("#palette .group-label").all_inner_texts()[:2] == ["Customers", "Licenses"]
    expect(page).to_have_url(f"{shop.url}/admin/generators")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    expect(options.nth(2)).to_contain_text("PRO-")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/admin/licenses/[0-9a-f-]{36}$"))
    assert page.evaluate("window.still"), "the page was loaded anew"
    for name in ("customers", "dashboard", "license generators"):
        page.keyboard.press("Control+k")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"/admin/{name.split()[-1]}$"))


@pytest.mark.spec("SRC-06")
def test_results_are_links_that_open_in_a_tab(shop: Shop, new_context: NewContext) -> None:
    page = shop.sign_in(new_context(viewport=WIDE))
    page.keyboard.press("Control+k")
    page.keyboard.type("smith")
    first = page.locator("#palette a[role=option]").first
    expect(first).to_have_attribute("href", re.compile("^/admin/customers/"))
    with page.context.expect_page() as opened:
        first.click(modifiers=["ControlOrMeta"])
    expect(opened.value).to_have_url(re.compile("/admin/customers/[0-9a-f-]{36}$"))
    with page.context.expect_page() as middle:
        first.click(button="middle")
    expect(middle.value).to_have_url(re.compile("/admin/customers/[0-9a-f-]{36}$"))
    with page.context.expect_page() as keyed:
        page.keyboard.press("Control+Enter")
    expect(keyed.value).to_have_url(re.compile("/admin/customers/[0-9a-f-]{36}$"))
    expect(page).to_have_url(f"{shop.url}/admin/customers")


@pytest.mark.spec("SRC-03", "SRC-13")
def test_a_failure_is_told_and_the_text_stays(shop: Shop, new_context: NewContext) -> None:
    page = shop.sign_in(new_context(viewport=WIDE))
    for broken in (lambda route: route.fulfill(status=500, body="broken"), lambda route: route.abort()):
        page.route("**/admin/search*", broken)
        page.keyboard.press("Control+k")
        page.keyboard.type("smith")
        expect(page.locator("#palette [role=alert]")).to_contain_text("did not answer")
        expect(page.get_by_role("combobox", name=SEARCH)).to_have_value("smith")
        page.unroute("**/admin/search*")
        page.keyboard.type("x")
        expect(page.locator("#palette-results")).to_contain_text("Nothing matches “smithx” in Production.")
        page.keyboard.press("Escape")


@LOOKS
@pytest.mark.spec("SRC-04", "SRC-12")
def test_the_open_palette_stands_in_nobodys_way(
    shop: Shop, new_context: NewContext, axe: Axe, viewport: dict[str, int], scheme: str
) -> None:
    page: Page = shop.sign_in(new_context(viewport=viewport, color_scheme=scheme))
    page.keyboard.press("Control+k")
    page.keyboard.type("pro")
    expect(page.locator("#palette mark").first).to_be_visible()
    axe(page)
