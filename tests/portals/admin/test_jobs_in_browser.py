"""Background jobs in a real browser: lists that ask for themselves and leave the reader alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NewContext
from tests.portals.admin.test_in_browser import WIDE, Axe, Shop, shop

__all__ = ["shop"]
pytestmark = pytest.mark.browser
FAIL = """
from keyturn.core.clock import now
from keyturn.platform.jobs.models import Job
for number in range({count}):
    Job.objects.create(kind="webhooks.send", queue="webhooks", priority=1, status="failed", failed_at=now(),
                       attempts=3, exception="OSError: no route", trace="Traceback: OSError", sealed_payload="")
"""
ROWS = "#results tbody tr"


def _turn(page: Page) -> None:
    """What happens every ten seconds."""
    with page.expect_response("**/admin/background-jobs/active"):
        page.evaluate(
            """() => { for (const part of document.querySelectorAll('[data-refresh] > [hx-trigger*="every"]'))
            htmx.ajax('GET', part.getAttribute('hx-get'), {source: part, target: part,
            swap: part.getAttribute('hx-swap') ?? 'innerHTML'}); }"""
        )
    page.wait_for_load_state("networkidle")


@pytest.mark.spec("JOB-01", "JOB-03", "JOB-05")
def test_lists_refresh_and_leave_the_reader_alone(shop: Shop, new_context: NewContext, axe: Axe) -> None:
    shop.installation.python(FAIL.format(count=1))
    page = shop.sign_in(new_context(viewport=WIDE))
    page.goto(f"{shop.url}/admin/background-jobs")
    expect(page.locator(ROWS)).to_have_count(1)
    retry = page.get_by_role("button", name="Retry Webhook sending")
    retry.focus()
    shop.installation.python(FAIL.format(count=1))
    _turn(page)
    expect(page.locator(ROWS)).to_have_count(2)
    expect(page.locator("#figure-failed ~ p").first).to_have_text("2")
    expect(retry.last).to_be_focused()
    # A dialog stays open, ticked rows stay ticked.
    page.get_by_role("button", name="Exception: OSError: no route").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Traceback: OSError")
    axe(page)
    shop.installation.python(FAIL.format(count=1))
    _turn(page)
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.get_by_role("dialog").get_by_role("heading", name="Trace")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#results input[name=ids]").first.check()
    shop.installation.python(FAIL.format(count=1))
    _turn(page)
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.locator("#results input[name=ids]").first).to_be_checked()
    page.get_by_role("button", name="Retry", exact=True).click()
    page.get_by_role("button", name="Retry 1 job").click()
    expect(page.locator(".toast")).to_contain_text("1 job queued again")
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.locator("[aria-labelledby=active-jobs] tbody tr")).not_to_have_count(0)
