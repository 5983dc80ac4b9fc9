"""The shop of the manual's workflows, and an admin at his desk."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser import NewContext, sign_in
from tests.installation import Installation, Installations

PASSWORD = "correct horse"


@dataclass(frozen=True)
class Shop:
    """A running installation. `key` is John Smith's license key, `secret` an API key of production."""

    installation: Installation
    url: str
    secret: str
    key: str

    def ask(self, endpoint: str, license_key: str, device: str) -> int:
        """The code that the API answers to software on a device."""
        fields = {"api_key": self.secret, "license_key": license_key, "identifier": device}
        request = urllib.request.Request(f"{self.url}/api/v1/{endpoint}", urllib.parse.urlencode(fields).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            code: int = json.load(answer)["response"]["code"]
            return code

    def sign_in(self, context: BrowserContext) -> Page:
        """The list of customers, open on the second monitor."""
        page = context.new_page()
        page.goto(f"{self.url}/admin/customers")
        sign_in(page, "mara@keyturn.example", PASSWORD)
        heading(page, "Customers")
        return page


@pytest.fixture(scope="module")
def shop(installations: Installations) -> Iterator[Shop]:
    with installations.fresh() as made:
        secret, key = made.python(Path(__file__).with_name("story.py").read_text()).splitlines()[-2:]
        with made.serve("web", "--workers", "1") as web:
            yield Shop(made, web.url, secret, key)


@pytest.fixture
def page(shop: Shop, new_context: NewContext) -> Page:
    """The list of customers, as an Admin sees it."""
    return shop.sign_in(new_context(permissions=["clipboard-read", "clipboard-write"]))


def heading(page: Page, name: str) -> None:
    """Wait for the page of this name: pages replace each other without a reload."""
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()


def rows(page: Page) -> Locator:
    """The rows of the list that the page shows."""
    return page.locator("#results tbody tr")


def find(page: Page, term: str, count: int = 1) -> None:
    """Type into the list's search box, and wait for the rows."""
    page.locator("#list-search").fill(term)
    expect(rows(page)).to_have_count(count)
    expect(rows(page).first).to_contain_text(term.split()[0])


def go(page: Page, section: str) -> None:
    """Open a page of the sidebar."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name=section, exact=True).click()
    heading(page, section)
