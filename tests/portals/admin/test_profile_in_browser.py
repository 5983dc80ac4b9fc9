"""Pictures in a real browser: chosen, dropped, shown before they are saved; and the browser's own timezone."""

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NewContext, sign_in
from tests.installation import Installations
from tests.pictures import picture

pytestmark = pytest.mark.browser
MADE = """
from keyturn.access.actors import system
from keyturn.people.admins import services
services.create(system("test"), name="Mara", email="mara@example.com", role="super_admin", password="correct horse")
"""
# What a browser does when somebody lets go of a file over the field.
DROP = """([place, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "image/png" }));
  place.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


@pytest.fixture(scope="module")
def address(installations: Installations) -> Iterator[str]:
    with installations.fresh() as made:
        made.python(MADE)
        with made.serve("web", "--workers", "1") as web:
            yield web.url


@pytest.fixture
def page(address: str, new_context: NewContext) -> Page:
    page = new_context(viewport={"width": 1440, "height": 900}, timezone_id="America/New_York").new_page()
    page.goto(f"{address}/admin/sign-in?next=/admin/profile")
    sign_in(page, "mara@example.com", "correct horse")
    expect(page.get_by_role("heading", name="Profile and security")).to_be_visible()
    return page


@pytest.mark.spec("PRF-01", "PRF-02")
def test_an_avatar_is_shown_before_and_after_it_is_saved(page: Page) -> None:
    preview = page.locator(".picture-preview img")
    expect(preview).to_be_hidden()
    page.get_by_label("Profile Avatar", exact=False).last.set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": picture(size=(300, 300))}
    )
    expect(preview).to_be_visible()
    expect(preview).to_have_attribute("src", re.compile("^data:image/png"))
    page.get_by_role("button", name="Save Profile").click()
    expect(page.get_by_text("Profile saved")).to_be_visible()
    expect(preview).to_have_attribute("src", re.compile(r"^/admin/profile/avatar\?"))
    expect(page.locator("[popovertarget='account-menu'] .avatar img")).to_be_visible()
    page.get_by_label("Remove").check()
    page.get_by_role("button", name="Save Profile").click()
    expect(page.locator("[popovertarget='account-menu'] .avatar")).to_have_text("M")


@pytest.mark.spec("SET-10")
def test_a_logo_is_dropped_shown_and_saved(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/settings/general")
    content = base64.b64encode(picture(size=(200, 50))).decode()
    place = page.locator("[data-drop]").element_handle()
    page.evaluate(DROP, [place, "logo.png", content])
    preview = page.locator(".picture-preview img")
    expect(preview).to_have_attribute("src", re.compile("^data:image/png"))
    page.get_by_role("textbox", name="Support Email").fill("help@example.com")
    page.get_by_role("button", name="Save Settings").click()
    expect(page.get_by_text("General settings saved")).to_be_visible()
    expect(page.locator(".sidebar [data-logo]")).to_be_visible()
    size = page.locator(".sidebar [data-logo]").evaluate("one => [one.naturalWidth, one.naturalHeight]")
    assert size == [200, 50]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/admin/settings/security")
    expect(page.locator(".tabs-nav").get_by_text("Security")).to_be_in_viewport(ratio=0.9)


@pytest.mark.spec("PRF-18")
def test_times_are_those_of_the_browser(page: Page) -> None:
    page.reload()
    expect(page.locator("time").first).to_have_attribute("title", re.compile(r" E[SD]T$"))
