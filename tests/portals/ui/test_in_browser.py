"""The showcase in a real browser: behaviour, keyboard, accessibility."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NewContext

pytestmark = pytest.mark.browser
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def page(new_context: NewContext, showcase: str) -> Page:
    """The showcase on a wide screen."""
    page = new_context(viewport=WIDE, permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(showcase)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "390"])
def test_axe_finds_nothing(
    new_context: NewContext, axe: Callable[[Page], None], showcase: str, scheme: str, viewport: dict[str, int]
) -> None:
    page = new_context(viewport=viewport, color_scheme=scheme).new_page()
    page.goto(showcase)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.click("[data-open-dialog=specimen-delete]")
    axe(page)
    page.keyboard.press("Escape")
    page.goto(showcase + "?search=nobody")
    axe(page)
    page.goto(showcase + "/999")
    axe(page)


def test_the_page_fits_the_narrowest_phone(new_context: NewContext, showcase: str) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    page.goto(showcase)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.spec("CUS-03", "LIC-07")
def test_search_is_live_and_lives_in_the_address(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("chen")
    expect(page.locator("#results tbody tr").first).to_contain_text("Chen")
    expect(page).to_have_url(re.compile(r"_components\?search=chen$"))
    expect(page.locator("#list-status")).to_have_text(re.compile(r"\d+ people"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("_components$"))
    expect(page.locator("#list-search")).to_be_focused()
    page.fill("#list-search", "nobody")
    expect(page.locator("#results")).to_contain_text("No person matches “nobody”")
    page.get_by_role("button", name="Clear search").click()
    expect(page.locator("#results tbody tr")).to_have_count(15)


@pytest.mark.spec("CUS-02")
def test_back_returns_to_the_same_list(page: Page) -> None:
    page.evaluate("window.sameDocument = true")
    page.fill("#list-search", "an")
    expect(page).to_have_url(re.compile("search=an"))
    page.locator(".sort", has_text="Name").click()
    expect(page).to_have_url(re.compile("search=an&sort=name&direction=asc"))
    page.locator(".pages a", has_text="2").click()
    expect(page).to_have_url(re.compile("page=2"))
    rows = page.locator("#results tbody").inner_text()
    page.locator("#results tbody tr").nth(3).locator("td").nth(3).click(force=True)
    expect(page).to_have_url(re.compile(r"_components/\d+$"))
    expect(page.locator("h1")).not_to_have_text("Components")
    expect(page.locator("#main")).to_be_focused()
    page.go_back()
    expect(page.locator("#results tbody")).to_have_text(rows, use_inner_text=True)
    expect(page.locator("#list-search")).to_have_value("an")
    expect(page.locator('[aria-sort="ascending"]')).to_have_text("Name")
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"


def test_a_row_is_a_real_link(page: Page) -> None:
    with page.context.expect_page() as opened:
        page.locator("#results tbody tr").nth(2).locator("td").nth(4).click(button="middle", force=True)
    expect(opened.value).to_have_url(re.compile(r"_components/\d+$"))


def test_filters_turn_blue_and_clear(page: Page) -> None:
    page.select_option("#filter-status", "suspended")
    expect(page).to_have_url(re.compile(r"\?status=suspended$"))
    expect(page.locator(".filter[data-set]")).to_contain_text("Status")
    page.select_option("#filter-joined", "range")
    page.fill("#joined-from", "2026-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("status=suspended&joined_from=2026-01-01$"))
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#filter-joined option:checked")).to_have_text("from Jan 1, 2026")
    page.get_by_text("Clear filters").click()
    expect(page).to_have_url(re.compile("_components$"))


@pytest.mark.spec("LIC-05")
def test_the_sort_icon_opens_a_dialog(page: Page, showcase: str) -> None:
    page.goto(showcase + "/sorted?search=an")
    for field, order, query in (
        ("Name", "Descending", "sort=name&direction=desc"),
        ("Email", "Ascending", "sort=email"),
    ):
        page.get_by_role("button", name=re.compile("^Sort: ")).click()
        page.get_by_label("Field").select_option(field)
        page.get_by_label(order).check()
        page.locator("dialog[open]").get_by_role("button", name="Sort").click()
        expect(page).to_have_url(re.compile(f"search=an&{query}"))
        expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.get_by_role("button", name="Sort: Email, ascending")).to_be_focused()


@pytest.mark.spec("LIC-08")
def test_selected_rows_raise_the_bulk_bar(page: Page) -> None:
    bar = page.locator("[data-bulk-bar]")
    expect(bar).to_be_hidden()
    page.locator('input[name="ids"]').nth(0).check()
    page.locator('input[name="ids"]').nth(3).click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    page.get_by_role("button", name="Assign…").last.click()
    expect(page.locator("dialog[open] h2")).to_have_text("Assign 4 people?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Assign…").last).to_be_focused()
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Select all 240").click()
    expect(bar).to_contain_text("All 240 selected")
    page.get_by_role("button", name="Assign…").last.click()
    page.locator("dialog[open]").get_by_role("button", name="Assign 240 people").click()
    expect(page.locator(".toast")).to_contain_text("240 people assigned")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(bar).to_be_hidden()


def test_menus_answer_to_the_keyboard(page: Page) -> None:
    trigger = page.locator('[popovertarget="kit-menu"]')
    trigger.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Preview")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Suspend…")).to_be_focused()
    page.keyboard.press("Escape")
    expect(trigger).to_be_focused()
    trigger.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Preview")).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.locator("#specimen-delete h2")).to_be_visible()
    expect(page.locator("#specimen-delete-typed")).to_be_focused()
    delete = page.get_by_role("button", name="Delete Customer")
    expect(delete).to_be_disabled()
    page.keyboard.type("john@example.com")
    expect(delete).to_be_enabled()
    page.keyboard.press("Escape")
    expect(trigger).to_be_focused()


def test_what_was_typed_in_a_dialog_is_not_lost_unasked(page: Page) -> None:
    opener, dialog = page.locator(".btn[data-open-dialog=specimen-dialog]"), page.locator("#specimen-dialog")
    question = page.get_by_role("alertdialog", name="Discard what you entered?")
    opener.click()
    page.mouse.click(5, 400)
    expect(dialog).to_be_hidden()
    opener.click()
    page.fill("#specimen-email", "john@example.com")
    for leave in (lambda: page.keyboard.press("Escape"), lambda: page.mouse.click(5, 400)):
        leave()
        expect(question.get_by_role("button", name="Keep editing")).to_be_focused()
        page.keyboard.press("Escape")
        expect(question).to_be_hidden()
        expect(page.locator("#specimen-email")).to_be_focused()
    # A text marked with the mouse from the field to beside the box asks nothing.
    page.locator("#specimen-email").hover()
    page.mouse.down()
    page.mouse.move(5, 400)
    page.mouse.up()
    expect(page.locator("#specimen-email")).to_have_value("john@example.com")
    expect(question).to_be_hidden()
    page.keyboard.press("Escape")
    question.get_by_role("button", name="Discard").click()
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


@pytest.mark.spec("CUS-12")
def test_keys_are_revealed_and_copied_by_the_server(page: Page) -> None:
    page.get_by_label("Reveal key PRO").click()
    expect(page.locator("[data-key]").first).to_have_text("PRO-ABCD-EFGH-1234-8WZC")
    page.get_by_label("Reveal key PRO").click()
    expect(page.locator("[data-key]").first).to_contain_text("••••")
    page.get_by_label("Copy key PRO").click()
    expect(page.locator(".toast")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "PRO-ABCD-EFGH-1234-8WZC"
    expect(page.locator(".toast")).to_have_count(0, timeout=8000)


@pytest.mark.spec("SRC-02", "SRC-03", "SRC-05", "SRC-12")
def test_the_palette_searches_everywhere(page: Page, axe: Callable[[Page], None]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search?" in request.url else None)
    page.focus("#list-search")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search licenses")).to_be_focused()
    page.keyboard.type("a")
    page.wait_for_timeout(500)
    assert asked == []
    page.keyboard.type("n")
    expect(page.locator("#palette [role=option]").first).to_have_attribute("aria-selected", "true")
    expect(page.locator("mark").first).to_have_text(re.compile("an", re.IGNORECASE))
    axe(page)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#palette [role=option]").last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("#list-search")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=option]")).to_have_count(0)
    page.keyboard.type("zzz")
    expect(page.locator("#palette-results")).to_have_text("Nothing matches “zzz” in Production.")
    page.keyboard.press("Control+a")
    page.keyboard.type("wei12")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("_components/12$"))


def test_the_theme_is_kept_in_a_cookie(page: Page) -> None:
    page.locator("[data-theme-toggle]").click()
    page.reload()
    assert page.evaluate("document.documentElement.className") == "dark"
    page.locator("[data-theme-toggle]").click()
    page.reload()
    assert page.evaluate("document.documentElement.className") == ""


def test_the_sidebar_opens_on_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    sidebar = page.locator("#sidebar nav")
    expect(sidebar).to_be_hidden()
    page.get_by_role("button", name="Open menu").click()
    expect(sidebar).to_be_visible()
    page.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    page.select_option("#list-order", "name-asc")
    expect(page).to_have_url(re.compile("sort=name&direction=asc$"))
