"""The Client Portal in a real browser, on a whole installation."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import NewContext, sign_in
from tests.installation import Installation, Installations

pytestmark = pytest.mark.browser
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS = pytest.mark.parametrize(
    ("viewport", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")]
)
PAGES = ("dashboard", "licenses", "activations", "downloads", "changelog", "profile", "settings")
CLIPBOARD = ["clipboard-read", "clipboard-write"]
Axe = Callable[[Page], None]


@dataclass(frozen=True)
class Vendor:
    """A running installation: Anna's invitation and key, and the key of John's license that is full."""

    installation: Installation
    url: str
    invitation: str
    annas_key: str
    johns_key: str

    def sign_in(self, context: BrowserContext) -> Page:
        """The dashboard of John."""
        page = context.new_page()
        page.goto(f"{self.url}/customer/login")
        sign_in(page, "john@example.com", "Plain-Sailing 42")
        expect(page).to_have_url(f"{self.url}/customer/dashboard")
        return page


@pytest.fixture(scope="module")
def vendor(installations: Installations) -> Iterator[Vendor]:
    with installations.fresh() as made:
        lines = made.python(Path(__file__).with_name("visit.py").read_text()).splitlines()[-3:]
        with made.serve("web", "--workers", "1") as web:
            yield Vendor(made, web.url, *lines)


@pytest.fixture
def portal(vendor: Vendor, new_context: NewContext) -> Page:
    """John's dashboard on a wide screen."""
    return vendor.sign_in(new_context(viewport=WIDE, permissions=CLIPBOARD))


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.spec("CUS-23", "CLP-22")
def test_who_is_invited_has_his_key_in_three_steps(vendor: Vendor, new_context: NewContext) -> None:
    page = new_context(viewport=PHONE, has_touch=True, permissions=CLIPBOARD).new_page()
    page.goto(vendor.url + vendor.invitation)
    page.get_by_role("button", name="Enter without a password").click()
    page.get_by_role("button", name=re.compile("^Copy key")).click()
    expect(page.locator(".toast")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == vendor.annas_key
    assert vendor.annas_key not in page.content()


@pytest.mark.spec("CLP-22")
def test_a_key_is_revealed_and_hidden(portal: Page, vendor: Vendor) -> None:
    portal.goto(f"{vendor.url}/customer/licenses?search={vendor.johns_key}")
    portal.locator("#results tbody tr").click()
    expect(portal.locator("#validation-panel")).to_be_visible()
    shown = portal.locator("[data-key]")
    expect(shown).to_have_text(re.compile("^PRO-•"))
    reveal = portal.get_by_role("button", name="Reveal")
    reveal.click()
    expect(shown).to_have_text(vendor.johns_key)
    reveal.click()
    expect(shown).to_have_text(re.compile("^PRO-•"))
    portal.get_by_role("link", name="Check again").click()
    expect(portal.locator("#validation-panel")).to_contain_text("Valid, no free slot")


@pytest.mark.spec("CLP-32", "CLP-26")
def test_a_device_is_ended_and_its_slot_is_free(portal: Page, vendor: Vendor) -> None:
    portal.goto(f"{vendor.url}/customer/licenses?search={vendor.johns_key}")
    portal.locator("#results tbody tr").click()
    expect(portal.locator("#validation-panel")).to_be_visible()
    portal.get_by_role("button", name="Deactivate shop.example.com").click()
    dialog = portal.get_by_role("alertdialog")
    expect(dialog).to_contain_text("shop.example.com")
    portal.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    portal.get_by_role("button", name="Deactivate shop.example.com").click()
    portal.get_by_role("button", name="Deactivate device").click()
    expect(portal.locator(".toast")).to_contain_text("shop.example.com deactivated")
    expect(portal.locator("#validation-panel")).to_contain_text("2 of 3 in use")
    expect(portal.locator("#validation-panel")).to_contain_text("there is room for another one")
    assert portal.url.startswith(f"{vendor.url}/customer/licenses/")


@pytest.mark.spec("CUS-40")
def test_an_admin_looks_on_in_a_tab_of_his_own(vendor: Vendor, new_context: NewContext, axe: Axe) -> None:
    admin = new_context(viewport=WIDE).new_page()
    admin.goto(f"{vendor.url}/admin/customers?search=john@example.com")
    sign_in(admin, "mara@keyturn.example", "correct horse")
    admin.locator("#results tbody tr").first.click()
    with admin.context.expect_page() as opened:
        admin.get_by_role("button", name=re.compile("^View as Customer")).dblclick()
    seen = opened.value
    banner = seen.get_by_role("region", name="Viewing as a customer")
    expect(banner).to_contain_text("Mara Lindqvist is viewing as john@example.com. Read only, ends in 30 minutes.")
    axe(seen)
    seen.get_by_role("link", name="Activations", exact=True).first.click()
    seen.get_by_role("button", name=re.compile("^Deactivate DESKTOP")).click()
    seen.get_by_role("button", name="Deactivate device").click()
    expect(seen.locator(".toast")).to_contain_text("Nothing was changed")
    seen.reload()
    expect(seen.get_by_role("button", name=re.compile("^Deactivate DESKTOP"))).to_be_visible()
    seen.get_by_role("button", name="Stop viewing").click()
    expect(seen).to_have_url(re.compile("/admin/customers/[0-9a-f-]{36}$"))
    seen.goto(f"{vendor.url}/customer/dashboard")
    expect(seen).to_have_url(re.compile("/customer/login"))


@LOOKS
def test_every_page_is_accessible_and_fits(
    viewport: dict[str, int], scheme: str, vendor: Vendor, new_context: NewContext, axe: Axe
) -> None:
    page = vendor.sign_in(new_context(viewport=viewport, color_scheme=scheme))
    for name in PAGES:
        page.goto(f"{vendor.url}/customer/{name}")
        axe(page)
        _fits(page)
    for number in range(4):
        page.goto(f"{vendor.url}/customer/licenses")
        page.locator("#results tbody tr .row-link").nth(number).click()
        expect(page.locator("#validation-panel")).to_be_visible()
        axe(page)
        _fits(page)
    page.goto(f"{vendor.url}/customer/activations")
    page.get_by_role("button", name=re.compile("^Deactivate")).first.click()
    expect(page.get_by_role("alertdialog")).to_be_attached()
    axe(page)


@pytest.mark.spec("CLP-01")
def test_the_phone_has_its_own_bar_and_the_rest_under_more(vendor: Vendor, new_context: NewContext) -> None:
    page = vendor.sign_in(new_context(viewport={"width": 320, "height": 640}, has_touch=True))
    for name in PAGES:
        page.goto(f"{vendor.url}/customer/{name}")
        _fits(page)
    bar = page.get_by_role("navigation", name="Main, compact")
    bar.get_by_role("link", name="Licenses").click()
    expect(page.get_by_role("heading", name="My Licenses")).to_be_visible()
    bar.get_by_role("button", name="More").click()
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Profile").click()
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    expect(bar.locator("[data-current]")).to_have_text("More")
