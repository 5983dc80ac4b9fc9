"""Customers and activations in a real browser, on a whole installation."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import NewContext, enrol, sign_in
from tests.installation import Installation, Installations

pytestmark = pytest.mark.browser
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS = pytest.mark.parametrize(
    ("viewport", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")]
)
Axe = Callable[[Page], None]


@dataclass(frozen=True)
class Shop:
    """A running installation with data; `key` is the license key of John Smith."""

    installation: Installation
    url: str
    key: str

    def sign_in(self, context: BrowserContext, role: str = "super_admin") -> Page:
        """The list of customers, as an admin of a role sees it."""
        page = context.new_page()
        page.goto(f"{self.url}/admin/customers")
        sign_in(page, f"{role}@keyturn.example", "correct horse")
        expect(page).to_have_url(f"{self.url}/admin/customers")
        return page


@pytest.fixture(scope="module")
def shop(installations: Installations) -> Iterator[Shop]:
    with installations.fresh() as made:
        key = made.python(Path(__file__).with_name("shop.py").read_text()).splitlines()[-1]
        with made.serve("web", "--workers", "1") as web:
            yield Shop(made, web.url, key)


@pytest.fixture
def page(shop: Shop, new_context: NewContext) -> Page:
    """The list of customers on a wide screen."""
    return shop.sign_in(new_context(viewport=WIDE, permissions=["clipboard-read", "clipboard-write"]))


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def _open(page: Page, email: str) -> None:
    page.locator("#list-search").fill(email)
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.locator("#results tbody tr").click()
    expect(page.locator("section[aria-labelledby=profile]")).to_contain_text(email)


@pytest.mark.spec("CUS-03")
def test_search_waits_for_a_pause_and_escape_clears(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "search=" in request.url else None)
    page.locator("#list-search").press_sequentially("john", delay=40)
    expect(page).to_have_url(re.compile(r"/admin/customers\?search=john$"))
    expect(page.locator("#results tbody tr")).to_have_count(3)
    assert len(asked) == 1
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("/admin/customers$"))
    expect(page.locator("#list-search")).to_have_value("")
    expect(page.locator("#results tbody tr")).to_have_count(15)


@pytest.mark.spec("CUS-02")
def test_back_returns_to_the_same_search_order_and_page(page: Page) -> None:
    page.locator("#list-search").fill("person")
    expect(page).to_have_url(re.compile("search=person"))
    page.get_by_role("link", name="Name").click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Name")
    page.get_by_role("link", name="Next page").click()
    expect(page).to_have_url(re.compile("page=2"))
    before, url = page.locator("#results tbody").inner_text(), page.url
    page.locator("#results tbody tr").first.click()
    expect(page).to_have_url(re.compile(r"/admin/customers/[0-9a-f-]{36}$"))
    page.go_back()
    expect(page).to_have_url(url)
    expect(page.locator("#results tbody")).to_have_text(re.compile(re.escape(before.split()[0])))
    assert page.locator("#results tbody").inner_text() == before
    expect(page.locator("#list-search")).to_have_value("person")


@pytest.mark.spec("CUS-02")
def test_a_row_opens_here_and_ctrl_opens_a_tab(page: Page) -> None:
    page.evaluate("window.still = true")
    row = page.locator("#results tbody tr").nth(2)
    with page.context.expect_page() as opened:
        row.click(modifiers=["ControlOrMeta"])
    expect(opened.value).to_have_url(re.compile(r"/admin/customers/[0-9a-f-]{36}$"))
    expect(page).to_have_url(re.compile("/admin/customers$"))
    opened.value.close()
    row.get_by_role("link", name=re.compile("^View")).click()
    expect(page).to_have_url(re.compile(r"/admin/customers/[0-9a-f-]{36}$"))
    assert page.evaluate("window.still"), "the page was loaded anew"


@pytest.mark.spec("CUS-12")
def test_a_key_is_copied_in_four_steps_and_revealed_on_record(page: Page, shop: Shop) -> None:
    _open(page, "john@example.com")
    page.get_by_role("button", name=re.compile("^Copy key")).click()
    expect(page.locator(".toast")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == shop.key
    assert shop.key not in page.content()
    reveal = page.get_by_role("button", name=re.compile("^Reveal key"))
    reveal.click()
    expect(page.locator("[data-key]").first).to_have_text(shop.key)
    reveal.click()
    expect(page.locator("[data-key]").first).not_to_have_text(shop.key)
    count = "from keyturn.platform.audit.models import AuditEvent as E; print(E.objects.filter(action='{}').count())"
    assert int(shop.installation.python(count.format("license.key_revealed"))) >= 2


@pytest.mark.spec("CUS-10")
def test_the_name_is_edited_in_its_place(page: Page) -> None:
    _open(page, "person39@example.org")
    page.get_by_role("button", name="Edit full name").click()
    name = page.get_by_role("textbox", name="Full Name")
    expect(name).to_be_focused()
    name.fill("Nina Brandt")
    name.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nina Brandt")
    expect(page.locator(".toast")).to_contain_text("Name saved")
    for give_up in (page.get_by_role("link", name="Cancel editing").click, lambda: name.press("Escape")):
        page.get_by_role("button", name="Edit full name").click()
        expect(name).to_be_focused()
        give_up()
        expect(page.locator("#full-name")).to_contain_text("Nina Brandt")
    expect(page).to_have_url(re.compile(r"/admin/customers/[0-9a-f-]{36}$"))


@pytest.mark.spec("CUS-12")
def test_a_license_is_assigned_in_the_dialog(page: Page) -> None:
    _open(page, "person38@example.org")
    page.get_by_role("button", name="Assign New License").click()
    with page.expect_response(re.compile("search=pro")):
        page.get_by_label("Search available licenses by product or key").fill("pro app")
    expect(page.locator("#dialogs .htmx-request")).to_have_count(0)
    page.locator("#stock li").first.click()
    page.get_by_role("button", name="Assign 1 license").click()
    expect(page.locator("section[aria-labelledby=inventory] tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Assign New License").click()
    page.get_by_role("button", name="Generate one").click()
    page.get_by_role("button", name="Generate and assign").click()
    expect(page.locator("section[aria-labelledby=inventory] tbody tr")).to_have_count(3)


@pytest.mark.spec("CUS-13", "CUS-14")
def test_deactivating_the_abandoned_device_frees_its_slot(page: Page) -> None:
    _open(page, "john@example.com")
    notice = page.get_by_role("group", name="Needs a look")
    expect(notice).to_contain_text("is at its limit, 3 of 3")
    inventory = page.locator("section[aria-labelledby=inventory]")
    expect(inventory).to_contain_text("Limit reached")
    page.get_by_role("button", name="Deactivate OLD-LAPTOP-7F21").click()
    dialog = page.get_by_role("alertdialog", name="Deactivate Device")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Deactivate device").click()
    expect(inventory).to_contain_text("2 / 3")
    expect(inventory).not_to_contain_text("Limit reached")
    expect(notice).to_have_count(0)
    expect(page.locator(".toast")).to_contain_text("OLD-LAPTOP-7F21 deactivated")
    page.get_by_role("link", name="View all activations").click()
    expect(page.locator("#results tbody tr")).to_have_count(3)
    expect(page.locator("#results tbody")).to_contain_text("Inactive")


@pytest.mark.spec("CUS-60")
def test_the_palette_opens_a_page_a_customer_and_a_license(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.url}/admin/activations")
    for typed, there in (
        ("customers", "/admin/customers$"),
        ("sarah@company", r"/admin/customers/[0-9a-f-]{36}$"),
        (shop.key[-9:], r"/admin/licenses/[0-9a-f-]{36}$"),
    ):
        page.keyboard.press("ControlOrMeta+k")
        expect(page.locator("#palette input")).to_be_focused()
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(there))


def test_a_session_that_ended_leads_to_the_sign_in_page_and_back(page: Page) -> None:
    page.locator("#list-search").fill("person")
    expect(page).to_have_url(re.compile("search=person"))
    page.context.clear_cookies(name="keyturn_admin")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("heading", name="Sign in to Keyturn")).to_be_visible()
    sign_in(page, "viewer@keyturn.example", "correct horse")
    expect(page).to_have_url(re.compile(r"/admin/customers\?search=person$"))


def test_the_environment_is_switched_by_the_menu(page: Page) -> None:
    page.get_by_role("button", name="Environment: Production").click()
    page.get_by_role("menuitemradio", name="Staging").click()
    expect(page.get_by_role("button", name="Environment: Staging")).to_be_visible()
    page.get_by_role("link", name="Activations").click()
    expect(page.locator("#results")).to_contain_text("No activations yet")


@LOOKS
def test_axe_finds_nothing(
    shop: Shop, new_context: NewContext, axe: Axe, viewport: dict[str, int], scheme: str
) -> None:
    page = shop.sign_in(new_context(viewport=viewport, color_scheme=scheme))
    for address in ("customers", "customers?search=jonh+smtih", "activations", "activations?search=zzz"):
        page.goto(f"{shop.url}/admin/{address}")
        axe(page)
        _fits(page)
    page.goto(f"{shop.url}/admin/customers?search=john%40example.com")
    page.locator("#results tbody tr").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("John Smith")
    axe(page)
    _fits(page)
    page.get_by_role("button", name="Edit full name").click()
    expect(page.get_by_role("textbox", name="Full Name")).to_be_focused()
    axe(page)
    for opener in ("Change account status", "Assign New License", "Deactivate DESKTOP-4K7QX"):
        page.get_by_role("button", name=opener).click()
        expect(page.locator("dialog[open] h2")).to_be_visible()
        axe(page)
        page.keyboard.press("Escape")


@LOOKS
def test_axe_finds_nothing_on_the_way_in(
    installation: Installation, new_context: NewContext, axe: Axe, viewport: dict[str, int], scheme: str
) -> None:
    token = installation.python("from keyturn.people.admins import setup; print(setup.issue_token())").splitlines()[-1]
    with installation.serve("web", "--workers", "1") as web:
        page = new_context(viewport=viewport, color_scheme=scheme).new_page()
        page.goto(f"{web.url}/setup/{token}")
        axe(page)
        page.get_by_label("Your name").fill("Mara Lindqvist")
        page.get_by_label("Email").fill("mara@keyturn.example")
        page.get_by_label("Password", exact=True).fill("short")
        page.get_by_role("button", name="Create account").click()
        expect(page.locator(".error")).to_contain_text("too short")
        axe(page)
        page.get_by_label("Password", exact=True).fill("correct horse battery")
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("heading", name="Sign in to Keyturn")).to_be_visible()
        axe(page)
        page.get_by_label("Email").fill("mara@keyturn.example")
        page.get_by_label("Password", exact=True).fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("E-mail or password is wrong")
        axe(page)
        page.get_by_label("Password", exact=True).fill("correct horse battery")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Two-factor authentication")).to_be_visible()
        axe(page)
        enrol(page)
        axe(page)
        page.goto(f"{web.url}/admin/dashboard")
        expect(page.get_by_role("heading", name="Dashboard", exact=True)).to_be_visible()
        axe(page)
        page.goto(f"{web.url}/admin/customers")
        expect(page.locator("#results")).to_contain_text("No customers yet")
        axe(page)
        page.goto(f"{web.url}/setup/{token}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("no longer valid")
        axe(page)
