"""The bell in a real browser: it counts by itself, in every tab."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NewContext
from tests.portals.admin.test_in_browser import WIDE, Axe, Shop, shop

__all__ = ["shop"]
pytestmark = pytest.mark.browser
TELL = """
from keyturn.platform.notifications import folding, intake
from keyturn.platform.notifications.models import Waiting
from keyturn.platform.notifications.notices import Notice
Waiting.objects.all().delete()
intake.tell([Notice("license", "test", "License revoked", "PRO-1A2B… of Pro App", environment="staging",
                    link=("profile", "")), Notice("system", "test", "Background job failed")])
folding.fold()
"""


def _look_again(page: Page) -> None:
    """What happens every fifteen seconds, and when the tab comes to the front."""
    with page.expect_response("**/admin/notifications/count*"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.spec("NTF-01", "NTF-02", "NTF-05")
def test_the_bell_counts_by_itself_in_every_tab(shop: Shop, new_context: NewContext, axe: Axe) -> None:
    context = new_context(viewport=WIDE)
    page = shop.sign_in(context)
    other = context.new_page()
    other.goto(f"{shop.url}/admin/licenses")
    bell = page.get_by_role("button", name="Notifications")
    expect(bell).to_have_accessible_name("Notifications")
    shop.installation.python(TELL)
    _look_again(page)
    expect(bell).to_have_accessible_name("Notifications, 2 unread")
    bell.click()
    menu = page.get_by_role("menu", name="Notifications")
    expect(menu.get_by_role("menuitem", name="License revoked")).to_be_visible()
    axe(page)
    menu.get_by_role("menuitem", name="View All Notifications").click()
    expect(page.get_by_role("heading", name="Notifications")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Mark “License revoked” as read").click()
    expect(page.get_by_role("button", name="Mark “License revoked” as unread")).to_be_focused()
    expect(page.get_by_role("button", name="Notifications, 1 unread")).to_be_visible()
    _look_again(other)
    expect(other.get_by_role("button", name="Notifications, 1 unread")).to_be_visible()
    page.get_by_role("button", name="Mark All as Read").click()
    expect(page.get_by_role("button", name="Mark All as Read")).to_be_disabled()
    expect(page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    page.get_by_role("link", name="License revoked").click()
    expect(page.get_by_role("heading", name="Profile and security")).to_be_visible()
