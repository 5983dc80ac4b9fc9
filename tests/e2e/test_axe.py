"""axe-core on every page and dialog of the Admin Portal, found from its routes, light and dark.

States: with rows, without a match, empty (an environment without anything), dialog open, refused form.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import WCAG, sign_in
from tests.contract.world import GUARDED
from tests.installation import Installations

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
BUILD = f"""
import json, sys
sys.path.insert(0, {str(ROOT)!r})
from keyturn.access.actors import system
from keyturn.people.admins import services
from tests.contract import world
me = system("axe")
services.create(me, name="Mara Lindqvist", email="mara@keyturn.example", role="super_admin", password="correct horse")
world.build()
print(json.dumps({{one.name: world.address(one) for one in world.GUARDED}}))
"""
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
# One glide ends and starts those of the colours that are inherited from it.
STILL = """async () => {
  for (let turn = 0; turn < 6; turn++) {
    document.getAnimations().filter((one) => one instanceof CSSTransition).forEach((one) => one.finish());
    await new Promise(requestAnimationFrame);
  }
}"""
ASKED = [one.name for one in GUARDED if "GET" in one.callback.declared_methods]
LISTS = re.compile(r'id="results"')


class Visit:
    """One admin's browser, and where everything is."""

    def __init__(self, page: Page, base: str, addresses: dict[str, str]) -> None:
        self.page, self.base, self.addresses = page, base, addresses

    def text(self, name: str) -> str:
        """What the server answers for a route, if that is HTML."""
        answer = self.page.request.get(self.base + self.addresses[name])
        return answer.text() if answer.ok and "text/html" in answer.headers.get("content-type", "") else ""

    def open(self, address: str) -> None:
        """Go there in the light."""
        self.page.emulate_media(color_scheme="light")
        self.page.goto(self.base + address)

    def check(self, part: str = "html") -> None:
        """All rules in the light, contrast in the dark."""
        for scheme, options in (("light", WCAG), ("dark", CONTRAST)):
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            expect(self.page.locator("html.dark")).to_have_count(int(scheme == "dark"))
            # Colours that still glide from one scheme to the other belong to neither.
            self.page.evaluate(STILL)
            results = Axe().run(self.page, context=part, options=options)
            assert results.violations_count == 0, f"{self.page.url}, {scheme}:\n{results.generate_report()}"

    def refuse(self, form: str) -> None:
        """Send a form with nothing in it; look at it when it was refused."""
        fields = self.page.locator(f"{form} input:is([type=text], [type=email], [type=password]), {form} textarea")
        for field in fields.all():
            if field.is_visible() and field.is_editable():
                field.fill("")
        send = self.page.locator(f"{form} [type=submit]").last
        if not send.is_enabled():
            # What must be typed first keeps it shut.
            self.check(form.split()[0])
            return
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            self.page.locator(form).last.evaluate("form => form.requestSubmit()")
        if answer.value.status == 422:
            expect(self.page.locator("[aria-invalid=true], [role=alert], .text-bad").first).to_be_visible()
            self.check(form.split()[0])


@pytest.fixture(scope="module")
def visit(installations: Installations, browser: Browser) -> Iterator[Visit]:
    with installations.fresh() as made:
        addresses = json.loads(made.python(BUILD).splitlines()[-1])
        with made.serve("web", "--workers", "1") as web:
            context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
            context.set_default_timeout(20_000)
            page = context.new_page()
            page.goto(f"{web.url}/admin/admins")
            sign_in(page, "mara@keyturn.example", "correct horse")
            expect(page.get_by_role("heading", name="Admin Users")).to_be_visible()
            yield Visit(page, web.url, addresses)
            context.close()


@pytest.mark.parametrize("name", ASKED)
def test_axe_finds_nothing(visit: Visit, name: str) -> None:
    html = visit.text(name)
    if 'id="main"' in html:
        _page(visit, name, html)
    elif "<dialog" in html:
        _dialog(visit, name)


def test_axe_finds_nothing_where_there_is_nothing(visit: Visit) -> None:
    lists = [name for name in ASKED if "<" not in visit.addresses[name] and LISTS.search(visit.text(name))]
    visit.open("/admin/licenses")
    visit.page.get_by_role("button", name=re.compile("^Environment")).click()
    visit.page.get_by_role("menuitemradio", name="Staging").click()
    expect(visit.page.get_by_role("button", name="Environment: Staging")).to_be_visible()
    for name in lists:
        visit.open(visit.addresses[name])
        visit.check("#results")


def test_axe_finds_nothing_on_a_refusal(visit: Visit) -> None:
    visit.open("/admin/there/is/no/such/page")
    visit.check()


def _page(visit: Visit, name: str, html: str) -> None:
    visit.open(visit.addresses[name])
    visit.check()
    if LISTS.search(html):
        visit.open(visit.addresses[name] + "?search=no-such-thing-anywhere")
        visit.check("#results")
    elif '<form class="panel" method="post"' in html:
        visit.refuse("main form.panel")


def _dialog(visit: Visit, name: str) -> None:
    if not visit.page.url.endswith("/admin/admins"):
        visit.open("/admin/admins")
    visit.page.emulate_media(color_scheme="light")
    ask = "url => htmx.ajax('GET', url, {target: '#dialogs', swap: 'innerHTML'})"
    visit.page.evaluate(ask, visit.addresses[name])
    dialog = visit.page.locator("dialog[open]")
    expect(dialog.locator("h2").first).to_be_visible()
    visit.check("dialog[open]")
    if dialog.locator("form[hx-post] .field input[type=text]").count():
        visit.refuse("dialog[open] form")
    visit.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
