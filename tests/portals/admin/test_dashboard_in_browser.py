"""The dashboard in a real browser: the chart, the refreshing parts, the shortcut."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import NewContext
from tests.portals.admin.test_in_browser import LOOKS, WIDE, Axe, Shop, shop

__all__ = ["shop"]
pytestmark = pytest.mark.browser
DRAWN = "canvas[data-chart][width]"
CHART = "Chart.getChart(document.querySelector('canvas[data-chart]'))"
TODAY = """
from keyturn.access.actors import system
from keyturn.licensing.licenses import activations
from keyturn.licensing.licenses.models import License
from keyturn.platform.logs.models import RequestLog
for number, license in enumerate(License.objects.filter(status="assigned")[:6]):
    activations.activate(system(), license, identifier=f"NEW-{number}", kind="hardware")
    for code in (200, 200, 205):
        asked = RequestLog(environment="production", endpoint="verify", code=code, status=200, license_id=license.pk)
        asked.save()
"""


@pytest.fixture(scope="module", autouse=True)
def _busy(shop: Shop) -> None:
    shop.installation.python(TODAY)


def _until(page: Page, condition: str) -> None:
    # The page forbids eval, which waiting for a function needs.
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def _dashboard(shop: Shop, new_context: NewContext, **options: object) -> Page:
    page = shop.sign_in(new_context(**options))
    page.goto(f"{shop.url}/admin/dashboard")
    expect(page.locator(DRAWN)).to_be_visible()
    return page


@LOOKS
@pytest.mark.spec("DSH-04", "DSH-14")
def test_nothing_stands_in_anybodys_way(
    shop: Shop, new_context: NewContext, axe: Axe, viewport: dict[str, int], scheme: str
) -> None:
    page = _dashboard(shop, new_context, viewport=viewport, color_scheme=scheme)
    axe(page)
    for width in (viewport["width"], 768, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, width


@pytest.mark.spec("DSH-04", "DSH-07")
def test_alt_d_leads_here_and_the_chart_tells_its_figures(shop: Shop, new_context: NewContext) -> None:
    page = shop.sign_in(new_context(viewport=WIDE))
    page.focus("#list-search")
    page.keyboard.press("Alt+d")
    expect(page).to_have_url(f"{shop.url}/admin/dashboard")
    expect(page).to_have_title(re.compile("^Dashboard"))
    expect(page.locator(DRAWN)).to_be_visible()
    page.locator("canvas[data-chart]").hover(position={"x": 500, "y": 100})
    _until(page, f"{CHART}.tooltip.opacity > 0")
    lines = page.evaluate(f"{CHART}.tooltip.body.map((line) => line.lines[0])")
    assert [line.split(":")[0].strip() for line in lines] == ["Activations", "Verifications"]
    # The drawing follows the theme.
    before = page.evaluate(f"{CHART}.options.scales.x.ticks.color")
    page.locator("[data-theme-toggle]").click()
    _until(page, f"{CHART}.options.scales.x.ticks.color !== '{before}'")


@pytest.mark.spec("DSH-16")
def test_a_failed_refresh_keeps_the_figures_and_marks_them(shop: Shop, new_context: NewContext) -> None:
    page = _dashboard(shop, new_context, viewport=WIDE)
    values = page.locator("#card-total-products ~ p").first.inner_text()
    asked: list[dict[str, str]] = []

    def fail(route: Route) -> None:
        asked.append(route.request.headers)
        route.fulfill(status=500, body="broken")

    page.route("**/admin/dashboard/figures*", fail)
    part = "document.querySelector('[data-refresh] > [hx-get*=figures]')"
    page.evaluate(f"htmx.ajax('GET', {part}.getAttribute('hx-get'), {{source: {part}, target: {part}}})")
    note = page.locator("[data-stale]").first
    expect(note).to_contain_text("could not be refreshed")
    assert asked[0]["x-keyturn-background"] == "true"
    assert page.locator("#card-total-products ~ p").first.inner_text() == values
    expect(page.locator(".toast")).to_have_count(0)
    page.unroute("**/admin/dashboard/figures*")
    page.evaluate(f"htmx.ajax('GET', {part}.getAttribute('hx-get'), {{source: {part}, target: {part}}})")
    expect(note).to_be_hidden()
    expect(page.locator(DRAWN)).to_be_visible()
    seconds = page.locator("#main [data-refresh] > [hx-get]").evaluate_all(
        "all => all.map((one) => one.getAttribute('hx-trigger'))"
    )
    assert seconds == ["every 300s", "every 30s"]


@pytest.mark.spec("DSH-13")
def test_times_go_on_counting_in_the_viewers_zone(shop: Shop, new_context: NewContext) -> None:
    page = _dashboard(shop, new_context, viewport=WIDE, timezone_id="America/New_York")
    time = page.locator("#feed ~ * time, [aria-labelledby=feed] time").first
    expect(time).to_have_attribute("title", re.compile(r"\d\d:\d\d:\d\d (EST|EDT)$"))
    time.evaluate("(one) => (one.dateTime = new Date(Date.now() - 7.2e6).toISOString())")
    expect(time).to_have_text("2 hours ago", timeout=15_000)


@pytest.mark.spec("DSH-02")
def test_another_environment_is_counted_for_the_whole_session(shop: Shop, new_context: NewContext) -> None:
    page = _dashboard(shop, new_context, viewport=WIDE)
    page.get_by_role("button", name="Environment: Production").click()
    page.get_by_role("menuitemradio", name="Development").click()
    expect(page.locator("main")).to_contain_text("Development,")
    expect(page.locator("main")).to_contain_text("No Data Available")
    page.goto(f"{shop.url}/admin/customers")
    page.keyboard.press("Alt+d")
    expect(page.locator("main")).to_contain_text("Development,")


@pytest.mark.spec("DSH-04")
def test_on_a_tablet_titles_keep_their_line_and_bars_their_panel(shop: Shop, new_context: NewContext) -> None:
    name = "A product with a name as long as one may ever be, and longer than any tablet is wide" * 2
    shop.installation.python(
        f"from keyturn.licensing.products.models import Product; Product.objects.update(name={name[:150]!r})"
    )
    page = shop.sign_in(new_context(viewport={"width": 768, "height": 900}))
    page.goto(f"{shop.url}/admin/licenses")
    title = page.locator("h1").bounding_box()
    assert title is not None
    assert title["height"] < 40
    page.goto(f"{shop.url}/admin/dashboard")
    bar = page.locator("section[aria-labelledby=chart-products] li").first
    expect(bar).to_be_visible()
    assert bar.evaluate(
        "bar => bar.getBoundingClientRect().right <= bar.closest('.panel').getBoundingClientRect().right"
    )
