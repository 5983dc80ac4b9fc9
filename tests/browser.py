"""A real Chromium for tests, and what it must never report."""

import os
import shutil
from collections.abc import Callable, Iterator

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WCAG = {"runOnly": RULES, "resultTypes": ["violations"]}
NewContext = Callable[..., BrowserContext]
# Only how long a failure takes to show: two workers and their servers share a slow machine.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run; missing it is a skip here and a failure in CI."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        reason = "Chromium is missing: apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    # Playwright's loop runs in this thread, and Django would then refuse every query of later tests.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Makes separate visitors (`new_context(color_scheme="dark")`); fails on script errors and CSP violations."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(message, page, complaints))

    def make(**options: object) -> BrowserContext:
        defaults = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US", "timezone_id": "UTC"}
        context = browser.new_context(**{**defaults, "reduced_motion": "reduce", **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        context.on("page", listen)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


def _note(message: ConsoleMessage, page: Page, complaints: list[str]) -> None:
    if message.type == "error" and "Content Security Policy" in message.text:
        complaints.append(f"{page.url}: {message.text}")


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page of one fresh visitor on a wide screen."""
    return new_context().new_page()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """Fails when the page as it stands breaks WCAG 2.2 AA or good practice by axe-core's rules."""

    def check(page: Page) -> None:
        results = Axe().run(page, options=WCAG)
        assert results.violations_count == 0, results.generate_report()

    return check


def enrol(page: Page) -> None:
    """Turn on the second factor, as a new Super Admin must before anything else."""
    page.get_by_role("button", name="Enable Two-Factor Authentication").click()
    secret = page.get_by_role("button", name="Copy the secret").get_attribute("data-copy") or ""
    page.locator("[name=code]").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm & Enable").click()
    expect(page.get_by_role("heading", name="Two-factor authentication is on")).to_be_visible()


def sign_in(page: Page, email: str, password: str = "correct horse") -> None:
    """Sign in at the form that is open; returns when the scripts of the next page run, as keys need them."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name="Sign in", exact=True).click()
