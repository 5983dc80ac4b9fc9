"""The whole product in one sitting: from an empty folder to a device that works again."""

import base64
import json
import re
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import enrol, sign_in
from tests.installation import Installation

PASSWORD = "a tour of eleven steps"


class Software:
    """A program in the field: asks the API over HTTP and trusts only what OpenSSL finds well signed."""

    def __init__(self, base: str, secret: str, folder: Path) -> None:
        self.base, self.secret, self.folder = base, secret, folder
        self.public_key = folder / "product.pem"

    def fetch_key(self) -> None:
        """Keep the product's public key, as a vendor does once."""
        answer = self._ask("get-product-public-key", method="GET")
        self.public_key.write_text(answer["response"]["public_key"])

    def ask(self, endpoint: str, license_key: str, device: str) -> int:
        """The code of a signed answer."""
        answer = self._ask(endpoint, license_key=license_key, identifier=device)
        assert answer["private_key_used"] == "product"
        self._verify(answer["response_base64"], answer["signature"])
        assert json.loads(base64.b64decode(answer["response_base64"])) == answer["response"]
        code: int = answer["response"]["code"]
        return code

    def _ask(self, endpoint: str, method: str = "POST", **fields: str) -> dict[str, Any]:
        body = urllib.parse.urlencode({"api_key": self.secret, **fields}).encode() if method == "POST" else None
        url = f"{self.base}/api/v1/{endpoint}" + ("" if body else f"?api_key={self.secret}")
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def _verify(self, text: str, signature: str) -> None:
        signed, detached = self.folder / "signed", self.folder / "signature"
        signed.write_text(text)
        detached.write_bytes(base64.b64decode(signature))
        words = [
            "openssl",
            "dgst",
            "-sha256",
            "-verify",
            str(self.public_key),
            "-signature",
            str(detached),
            str(signed),
        ]
        assert subprocess.run(words, capture_output=True, text=True, check=False).stdout == "Verified OK\n"


@pytest.mark.browser
@pytest.mark.spec("CUS-13", "CUS-20", "CUS-60", "LIC-23", "GEN-20", "API-12", "API-28", "API-35")
def test_from_an_empty_folder_to_a_device_that_works_again(tmp_path: Path, page: Page) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    keyturn = Installation(folder, "")
    with keyturn.serve("serve") as server:
        _set_up(page, re.search(r"http://\S+/setup/\S+", server.log)[0])  # type: ignore[index]
        _create_product(page)
        _create_generator(page)
        _generate(page, 10)
        license_key = _assign(page, "john@example.com")
        secret = keyturn.run("create-api-key", "--name", "Shop", "--environment", "production").stdout.split()[-1]

        software = Software(server.url, secret, tmp_path)
        software.fetch_key()
        assert software.ask("activate", license_key, "OLD-LAPTOP-7F21") == 300
        assert software.ask("activate", license_key, "DESKTOP-4K7QX") == 300
        assert software.ask("activate", license_key, "MBP-JSMITH-14") == 302
        assert software.ask("verify", license_key, "OLD-LAPTOP-7F21") == 200

        _find_customer(page, "john@")
        _deactivate(page, "OLD-LAPTOP-7F21")
        assert software.ask("verify", license_key, "OLD-LAPTOP-7F21") == 202
        assert software.ask("activate", license_key, "MBP-JSMITH-14") == 300
        assert software.ask("activate", license_key, "MBP-JSMITH-14") == 301


def _set_up(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Mara Lindqvist")
    page.get_by_label("Email").fill("mara@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/admin/**")
    if "sign-in" in page.url:
        sign_in(page, "mara@example.com", PASSWORD)
    enrol(page)
    page.get_by_role("link", name="Dashboard", exact=True).first.click()
    expect(page.get_by_role("heading", name="Dashboard", exact=True)).to_be_visible()
    page.get_by_role("link", name="Customers", exact=True).first.click()
    expect(page.get_by_role("heading", name="No customers yet")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("button", name="Create account")).to_have_count(0)


def _create_product(page: Page) -> None:
    page.goto(page.url.split("/setup")[0] + "/admin/products")
    page.get_by_role("link", name="Create Product").first.click()
    page.get_by_role("textbox", name="Product Name").fill("Pro App")
    page.get_by_role("button", name="Create Product").click()
    expect(page.get_by_role("heading", name="Pro App", level=1)).to_be_visible()


def _create_generator(page: Page) -> None:
    page.get_by_role("link", name="License Generators").first.click()
    expect(page.get_by_role("heading", name="License Generators", level=1)).to_be_visible()
    page.get_by_role("link", name="Create Generator").first.click()
    page.get_by_role("textbox", name="Name").first.fill("Pro, one year")
    page.get_by_role("combobox", name="Product").select_option(label="Pro App")
    page.get_by_role("combobox", name="Type").select_option("chunk")
    expect(page.get_by_role("textbox", name="Character Set")).to_be_visible()
    page.get_by_role("textbox", name="Prefix").fill("PRO-")
    page.get_by_role("spinbutton", name="Activation Limit").fill("2")
    page.get_by_role("button", name="Create Generator").click()
    expect(page.get_by_role("table").get_by_text("Pro, one year")).to_be_visible()


def _generate(page: Page, quantity: int) -> None:
    page.get_by_role("button", name="Actions").first.click()
    page.get_by_role("menuitem", name="Generate Licenses").click()
    page.get_by_role("textbox", name="Number of Licenses").fill(str(quantity))
    page.get_by_role("button", name=f"Generate {quantity} licenses").click()
    expect(page.locator(".toast").get_by_text(str(quantity))).to_be_visible()


def _assign(page: Page, email: str) -> str:
    page.get_by_role("link", name="Licenses", exact=True).click()
    expect(page.get_by_text("Showing 1–10 of 10 licenses")).to_be_visible()
    row = page.locator("tbody tr").first
    row.get_by_role("button", name="Reveal").click()
    shown = row.locator(".mono").first
    expect(shown).to_have_text(re.compile(r"PRO(-[A-Z2-9]{4}){4}"))
    license_key = shown.inner_text()
    row.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Assign…", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Customer e-mail").fill(email)
    dialog.get_by_role("button", name="Assign").click()
    expect(page.locator("tbody tr").first.get_by_text("Assigned")).to_be_visible()
    return license_key


def _find_customer(page: Page, typed: str) -> None:
    page.get_by_role("link", name="Customers").first.click()
    # The page before has a search box, too.
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    page.get_by_role("searchbox").press_sequentially(typed)
    expect(page).to_have_url(re.compile(r"search=john"))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="View").click()
    expect(page.get_by_text("2 / 2")).to_be_visible()
    expect(page.get_by_text("Limit reached").first).to_be_visible()


def _deactivate(page: Page, device: str) -> None:
    page.get_by_role("row").filter(has_text=device).get_by_role("button", name="Deactivate").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("1 / 2")).to_be_visible()
