"""Importing in a real browser: the progress moves by itself, the preview of a license opens over the list."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NewContext, sign_in
from tests.installation import Installation
from tests.portals.admin.test_licenses_in_browser import LOOKS, WIDE, Axe, Open, open_page, template

__all__ = ["open_page", "template"]
pytestmark = pytest.mark.browser
ROWS = 700


def _file(folder: Path) -> str:
    path = folder / "keys.csv"
    rows = [f"OLD-{number},Product A,person{number % 90}@example.com" for number in range(ROWS - 2)]
    path.write_text("\n".join(["license_key,product,email", *rows, "OLD-1,Product A,", "NEW,Nothing,"]))
    return str(path)


def _check(page: Page, axe: Axe) -> None:
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_an_import_from_the_list_to_its_result(
    installation: Installation, new_context: NewContext, axe: Axe, tmp_path: Path
) -> None:
    installation.python(Path(__file__).with_name("stock.py").read_text())
    with installation.serve("web", "--workers", "1") as web, installation.worker():
        page = new_context(viewport=WIDE).new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{web.url}/admin/licenses")
        sign_in(page, "super_admin@keyturn.example", "correct horse")
        page.get_by_role("link", name="Import", exact=True).click()
        page.locator("#id_file").set_input_files(_file(tmp_path))
        page.get_by_role("button", name="Check file").click()
        go = page.get_by_role("button", name="Import 698 licenses")
        expect(go).to_be_visible(timeout=60_000)
        expect(page.get_by_text("There is no product “Nothing” in Production.")).to_be_visible()
        _check(page, axe)
        go.click()
        expect(page.get_by_role("progressbar", name="Rows done")).to_be_visible()
        _check(page, axe)
        expect(page.get_by_text("698 licenses imported.")).to_be_visible(timeout=120_000)
        _check(page, axe)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download all").click()
        assert Path(download.value.path()).read_text("utf-8-sig").count("\n") == 3
        page.get_by_role("link", name="View licenses").click()
        expect(page.get_by_text("698 licenses")).to_be_visible()


@LOOKS
def test_axe_finds_nothing_on_upload_and_preview(
    open_page: Open, axe: Axe, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page("/licenses/import", viewport=viewport, color_scheme=scheme)
    _check(page, axe)
    page.get_by_role("button", name="Check file").click()
    expect(page.get_by_text("Choose a file.")).to_be_visible()
    _check(page, axe)
    page.goto(page.url.replace("/import", "?status=active"))
    page.locator("[popovertarget^=row-]").first.click()
    page.get_by_role("menuitem", name="Preview").click()
    expect(page.locator("dialog[open] h2")).to_have_text("License preview")
    _check(page, axe)
    page.get_by_label("Language").select_option("php")
    expect(page.locator("#sample pre")).to_contain_text("stream_context_create")
    axe(page)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
