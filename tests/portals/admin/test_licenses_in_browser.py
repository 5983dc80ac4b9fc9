"""Licenses, products and generators in a real browser, on a whole installation."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NewContext, sign_in
from tests.installation import Installation, Installations

pytestmark = pytest.mark.browser
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS = pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["wide-light", "wide-dark", "phone-light", "phone-dark"],
)
Axe = Callable[[Page], None]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def template(installations: Installations) -> Iterator[tuple[Installation, str]]:
    """For tests that only look, or change what no other test counts."""
    with installations.fresh() as made:
        made.python(Path(__file__).with_name("stock.py").read_text())
        with made.serve("web", "--workers", "1") as web:
            yield made, web.url


@pytest.fixture
def open_page(template: tuple[Installation, str], new_context: NewContext) -> Open:
    """A page of the portal as an admin of a role sees it."""

    def visit(address: str, role: str = "super_admin", **options: object) -> Page:
        page = new_context(**{"viewport": WIDE, **options}).new_page()
        page.goto(f"{template[1]}/admin{address}")
        sign_in(page, f"{role}@keyturn.example", "correct horse")
        expect(page.locator("#main")).to_be_visible()
        return page

    return visit


def _dialog(page: Page, title: str | re.Pattern[str]) -> None:
    expect(page.locator("dialog[open] h2").first).to_have_text(title)


def _choose(page: Page, action: str) -> None:
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name=action).click()


def _check(page: Page, axe: Axe) -> None:
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@LOOKS
def test_axe_finds_nothing_on_licenses(open_page: Open, axe: Axe, viewport: dict[str, int], scheme: str) -> None:
    page = open_page("/licenses", viewport=viewport, color_scheme=scheme)
    _check(page, axe)
    page.locator("[popovertarget^=row-]").first.click()
    expect(page.get_by_role("menuitem", name="Preview")).to_be_focused()
    axe(page)
    page.keyboard.press("Escape")
    page.locator("input[name=ids]").nth(0).check()
    page.locator("input[name=ids]").nth(1).check()
    for name, title in (
        ("Assign…", "Assign 2 licenses"),
        ("Revoke…", "Revoke 2 licenses?"),
        ("Delete…", re.compile("Delete 2")),
    ):
        page.locator("[data-bulk-bar]").get_by_role("button", name=name).click()
        _dialog(page, title)
        axe(page)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    page.goto(page.url + "?search=no-such-key")
    expect(page.locator("#results")).to_contain_text("No license matches")
    axe(page)


@LOOKS
def test_axe_finds_nothing_on_a_license(open_page: Open, axe: Axe, viewport: dict[str, int], scheme: str) -> None:
    page = open_page("/licenses?search=john", viewport=viewport, color_scheme=scheme)
    page.locator("a.row-link").first.click()
    expect(page.locator("#answers")).to_be_visible()
    _check(page, axe)
    for action in ("Renew…", "Suspend…", "Unassign…", "Revoke…", "Delete…"):
        page.get_by_role("button", name="Actions", exact=True).click()
        page.get_by_role("menuitem", name=action).click()
        _dialog(page, re.compile(action.rstrip("…")))
        axe(page)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_role("textbox", name="Feature Flags").fill("{")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert")).to_be_focused()
    _check(page, axe)


@LOOKS
def test_axe_finds_nothing_in_the_catalog(open_page: Open, axe: Axe, viewport: dict[str, int], scheme: str) -> None:
    page = open_page("/products", viewport=viewport, color_scheme=scheme)
    _check(page, axe)
    page.locator("[popovertarget^=row-]").first.click()
    page.get_by_role("menuitem", name="View Public Key").click()
    _dialog(page, re.compile("Public key of"))
    axe(page)
    home = page.url
    page.goto(home + "/create")
    page.get_by_role("button", name="Add Feature").click()
    page.get_by_role("button", name="Create Product").click()
    expect(page.get_by_role("alert")).to_be_focused()
    _check(page, axe)
    page.goto(home.replace("products", "generators"))
    _check(page, axe)
    page.locator("[popovertarget^=row-]").first.click()
    page.get_by_role("menuitem", name="Generate Licenses").click()
    _dialog(page, "Generate Licenses")
    page.get_by_label("Number of Licenses").fill("0")
    expect(page.locator("dialog[open]")).to_contain_text("from 1 to 1,000")
    axe(page)
    page.goto(home.replace("products", "generators/create"))
    page.get_by_role("combobox", name="Type").select_option("chunk")
    page.locator("#id_length").fill("8")
    expect(page.locator("#sample")).to_contain_text("can be guessed")
    page.get_by_role("button", name="Create Generator").click()
    expect(page.get_by_role("alert")).to_be_focused()
    _check(page, axe)


def test_empty_lists_say_how_rows_come_to_be(open_page: Open, axe: Axe) -> None:
    page = open_page("/licenses")
    page.get_by_role("button", name=re.compile("^Environment")).click()
    page.get_by_role("menuitemradio", name="Staging").click()
    for place, words in (
        ("licenses", "No licenses yet"),
        ("products", "No products yet"),
        ("generators", "No generators yet"),
    ):
        page.goto(re.sub("/admin/.*", f"/admin/{place}", page.url))
        expect(page.locator("#results h2")).to_have_text(words)
        _check(page, axe)


@pytest.mark.spec("GEN-06", "LIC-07")
def test_every_list_has_its_shortcuts(open_page: Open) -> None:
    page = open_page("/generators")
    for address in ("generators", "products", "activations", "licenses"):
        page.goto(re.sub("/admin/.*", f"/admin/{address}", page.url))
        expect(page.locator("#list-search")).to_be_visible()
        page.keyboard.press("/")
        expect(page.locator("#list-search")).to_be_focused()
        page.keyboard.press("Control+k")
        expect(page.locator("dialog[open]")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
        page.locator("#sort-open").click()
        expect(page.locator("dialog[open]")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.spec("LIC-05", "LIC-06", "LIC-07")
def test_sorting_in_the_dialog_by_keyboard(open_page: Open, template: tuple[Installation, str]) -> None:
    page = open_page("/licenses")
    page.keyboard.press("/")
    expect(page.locator("#list-search")).to_be_focused()
    page.keyboard.type("product a")
    expect(page).to_have_url(re.compile(r"search=product(\+|%20)a"))
    opener = page.locator("#sort-open")
    opener.press("Enter")
    _dialog(page, "Sort licenses")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    opener.press("Enter")
    page.get_by_label("Field").select_option("license_key")
    page.get_by_label("Ascending").check()
    page.get_by_role("button", name="Sort", exact=True).press("Enter")
    expect(page).to_have_url(re.compile("sort=license_key&direction=asc"))
    boxes = page.locator("input[name=ids]")
    shown = [box.get_attribute("value") for box in boxes.all()]
    by_key = (
        "from keyturn.licensing.licenses.models import License as L\n"
        "rows = L.objects.filter(product__name='Product A').order_by('license_key')\n"
        "print(*rows.values_list('uuid', flat=True))"
    )
    assert shown == template[0].python(by_key).split()
    page.goto(page.url)
    assert [box.get_attribute("value") for box in boxes.all()] == shown


@pytest.mark.spec("LIC-04")
def test_a_range_of_days_by_dialog(open_page: Open) -> None:
    page = open_page("/licenses")
    page.locator("#filter-expires").select_option("range")
    _dialog(page, re.compile("date range"))
    page.get_by_label("From").fill("2020-01-01")
    page.get_by_label("To", exact=True).fill("2099-12-31")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("expires_from=2020-01-01&expires_to=2099-12-31"))
    expect(page.locator("#results tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("#results tbody tr")).to_have_count(15)


@pytest.mark.spec("LIC-02")
def test_a_key_is_shown_when_asked_for(open_page: Open) -> None:
    page = open_page("/licenses?search=AAA")
    key = page.locator("[data-key]").first
    expect(key).to_have_text(re.compile("••••"))
    page.get_by_role("button", name=re.compile("^Reveal key")).first.click()
    expect(key).to_have_text(re.compile(r"^AAA(-[A-Z2-9]{4}){4}$"))
    page = open_page("/licenses?search=AAA", "viewer")
    expect(page.get_by_role("button", name=re.compile("^Reveal key"))).to_have_count(0)


@pytest.mark.spec("LIC-20", "LIC-23")
def test_assigning_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("/licenses?search=BBB&status=available")
    trigger = page.locator("[popovertarget^=row-]").first
    trigger.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Preview")).to_be_focused()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    _dialog(page, "Assign 1 license")
    expect(page.get_by_role("textbox", name="Customer e-mail")).to_be_focused()
    page.keyboard.type("sara@")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_contain_text("Enter a valid e-mail")
    expect(page.get_by_role("textbox", name="Customer e-mail")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("sara@acme.com")
    expect(page.locator("#recipient")).to_contain_text("One will be created")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="License assigned to sara@acme.com")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(":focus")).to_have_count(1)


@pytest.mark.spec("LIC-08")
def test_everything_that_matches_can_be_selected(installation: Installation, new_context: NewContext) -> None:
    installation.python(Path(__file__).with_name("stock.py").read_text())
    with installation.serve("web", "--workers", "1") as web:
        page = _signed_in(new_context, f"{web.url}/admin/licenses?search=BBB&status=available")
        page.get_by_label("Select all on this page").check()
        expect(page.locator("[data-selected-count]")).to_have_text("15")
        page.get_by_role("button", name="Select all 30").click()
        expect(page.locator("[data-selected-count]")).to_have_text("All 30")
        page.locator("[data-bulk-bar]").get_by_role("button", name="Revoke…").click()
        _dialog(page, "Revoke 30 licenses?")
        expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        page.get_by_role("button", name="Revoke 30 licenses").click()
        expect(page.locator("#results")).to_contain_text("No license matches")
        expect(page.locator("#toaster")).to_contain_text("30 licenses revoked")
    count = (
        "from keyturn.licensing.licenses.models import License as L; print(L.objects.filter(status='revoked').count())"
    )
    assert installation.python(count).splitlines()[-1] == "30"


@pytest.mark.spec("CUS-13", "LIC-08", "LIC-23")
def test_workflow_two_i_bought_five_but_see_three(installation: Installation, new_context: NewContext) -> None:
    """The manual's "Customer Says: I Bought 5 Licenses But Only See 3", step by step."""
    installation.python(Path(__file__).with_name("stock.py").read_text())
    with installation.serve("web", "--workers", "1") as web:
        page = _signed_in(new_context, f"{web.url}/admin/customers")
        page.locator("#list-search").fill("john@company.com")
        expect(page.locator("#results tbody tr")).to_have_count(1)
        expect(page.locator("#results tbody tr")).to_contain_text("3 Licenses")
        page.get_by_role("link", name="Licenses", exact=True).click()
        expect(page.get_by_role("heading", name="Licenses", exact=True)).to_be_visible()
        page.locator("#list-search").fill("#10482")
        expect(page.locator("#results tbody tr")).to_have_count(2)
        page.locator("#filter-status").select_option("available")
        expect(page).to_have_url(re.compile("status=available"))
        expect(page.locator("#results tbody tr")).to_have_count(2)
        page.get_by_label("Select all on this page").check()
        page.locator("[data-bulk-bar]").get_by_role("button", name="Assign…").click()
        _dialog(page, "Assign 2 licenses")
        page.get_by_role("textbox", name="Customer e-mail").fill("john@company.com")
        expect(page.locator("#recipient")).to_have_text("John Smith, 3 licenses. They will have 5.")
        page.get_by_role("button", name="Assign 2 licenses").click()
        expect(page.locator("#toaster")).to_contain_text("john@company.com now has 5 licenses.")
        page.get_by_role("link", name="Customers", exact=True).click()
        expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
        page.locator("#list-search").fill("john@company.com")
        expect(page.locator("#results tbody tr")).to_contain_text("5 Licenses")


@pytest.mark.spec("LIC-20", "LIC-21")
def test_the_page_of_a_license_follows_what_is_done(installation: Installation, new_context: NewContext) -> None:
    installation.python(Path(__file__).with_name("stock.py").read_text())
    with installation.serve("web", "--workers", "1") as web:
        page = _signed_in(new_context, f"{web.url}/admin/licenses?search=john&product=")
        page.locator("a.row-link").first.click()
        expect(page.locator("#main h1")).to_contain_text("Active")
        page.get_by_role("button", name="Deactivate DESKTOP-4K7QX").click()
        _dialog(page, re.compile("^Deactivate"))
        expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        page.get_by_role("button", name="Deactivate device").click()
        expect(page.locator("section[aria-labelledby=devices]")).to_contain_text("Inactive")
        _choose(page, "Suspend…")
        page.get_by_role("textbox", name="Reason").fill("chargeback")
        page.get_by_role("button", name="Suspend license").click()
        expect(page.locator("#main h1")).to_contain_text("Suspended")
        installation.python(
            "from datetime import timedelta; from keyturn.core.clock import now\n"
            "from keyturn.licensing.licenses.models import License as L\n"
            "L.objects.filter(status='suspended').update(expires_at=now() - timedelta(days=1))"
        )
        _choose(page, "Reactivate")
        expect(page.locator("dialog[open]")).to_contain_text("Renew it instead")
        page.keyboard.press("Escape")
        _choose(page, "Renew…")
        page.get_by_role("button", name="Renew license").click()
        expect(page.locator("dialog[open]")).to_have_count(0)
        _choose(page, "Reactivate")
        expect(page.locator("#main h1")).to_contain_text("Active")
        _choose(page, "Delete…")
        page.get_by_role("button", name="Delete license").click()
        expect(page).to_have_url(re.compile("/admin/licenses$"))
        expect(page.locator("#toaster")).to_contain_text("License deleted")


@pytest.mark.spec("LIC-10")
def test_creating_one_license(open_page: Open, axe: Axe) -> None:
    page = open_page("/licenses/create")
    page.get_by_role("combobox", name="Product").select_option(label="Product A")
    page.get_by_role("combobox", name="Generator").select_option(label="Product A, one year")
    expect(page.locator("#from-generator")).to_contain_text("Sample key: AAA-")
    page.get_by_role("textbox", name="Assign To").fill("sara@")
    page.get_by_role("button", name="Create License").click()
    expect(page.get_by_role("alert")).to_be_focused()
    _check(page, axe)
    page.get_by_role("textbox", name="Assign To").fill("sara@acme.com")
    page.get_by_role("button", name="Create License").click()
    expect(page.locator("#main h1")).to_contain_text("Assigned")


@pytest.mark.spec("GEN-22")
def test_a_large_batch_is_watched_to_its_end(installation: Installation, new_context: NewContext) -> None:
    installation.python(Path(__file__).with_name("stock.py").read_text())
    with installation.worker(), installation.serve("web", "--workers", "1") as web:
        page = _signed_in(new_context, f"{web.url}/admin/generators")
        page.locator("[popovertarget^=row-]").first.click()
        page.get_by_role("menuitem", name="Generate Licenses").click()
        page.get_by_label("Number of Licenses").fill("150")
        page.get_by_role("button", name="Generate 150 licenses").click()
        _dialog(page, "Generating 150 licenses")
        expect(page.locator("dialog[open]")).to_contain_text("150 licenses generated", timeout=60_000)
        page.get_by_role("link", name="View licenses").click()
        expect(page.locator("#results")).to_contain_text("152 licenses")


def _signed_in(new_context: NewContext, address: str) -> Page:
    page = new_context(viewport=WIDE).new_page()
    page.goto(address)
    sign_in(page, "super_admin@keyturn.example", "correct horse")
    expect(page.locator("#results")).to_be_visible()
    return page
