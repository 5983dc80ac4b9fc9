"""From an admin's upload to a customer's download, in a real browser: progress, a broken connection, the same bytes."""

import hashlib
import random
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import NewContext, sign_in
from tests.installation import Installation
from tests.portals.admin.test_licenses_in_browser import PHONE, WIDE, Axe

pytestmark = pytest.mark.browser
SIZE = 20 * 1024 * 1024
_CUSTOMER = """
from django.contrib.auth.hashers import make_password
from keyturn.access.actors import system
from keyturn.access.scope import Environment
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import services
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer
me = system("test", Environment.PRODUCTION)
product = Product.objects.get(name="Product A")
generator = generators.create(me, product=product, name="For downloads", type="uuid")
services.issue(me, generator, "fetch@example.com")
Customer.objects.filter(email="fetch@example.com").update(password=make_password("Plain-Sailing 42"))
"""


def _file(folder: Path, name: str, size: int) -> Path:
    path = folder / name
    path.write_bytes(random.Random(7).randbytes(size))
    return path


def _looks_well(page: Page, axe: Axe) -> None:
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def _upload(page: Page, axe: Axe, large: Path, small: Path) -> None:
    held: list[Route] = []
    asked: list[str] = []

    def meddle(route: Route) -> None:
        asked.append(f"{route.request.method} {route.request.url.rpartition('?')[2]}")
        if len(asked) == 1:
            held.append(route)
        elif len(asked) == 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/downloadables/uploads/*", meddle)
    page.locator("#id_product").select_option(label="Product A")
    page.locator("#id_version").fill("2.4.0")
    page.locator("#id_status").select_option("published")
    save = page.get_by_role("button", name="Save release")
    with page.expect_request("**/downloadables/uploads/*"):
        page.locator("input[type=file]").set_input_files(large)
    progress = page.get_by_role("progressbar", name="big.iso uploaded")
    expect(progress).to_be_visible()
    expect(save).to_be_disabled()
    _looks_well(page, axe)
    held[0].continue_()
    expect(page.get_by_text("The connection broke off. Going on…")).to_be_visible()
    expect(page.get_by_text(hashlib.sha256(large.read_bytes()).hexdigest())).to_be_visible(timeout=60_000)
    expect(progress).to_be_hidden()
    expect(save).to_be_enabled()
    assert f"POST offset={8 * 1024 * 1024}" in asked, "it went on where it stopped"
    assert asked.count("POST offset=0") == 1
    page.unroute("**/downloadables/uploads/*")
    page.locator("input[type=file]").set_input_files([small, small])
    expect(page.get_by_text(hashlib.sha256(small.read_bytes()).hexdigest())).to_have_count(2)
    page.get_by_role("button", name="Remove guide.pdf").last.click()
    expect(page.get_by_text("guide.pdf", exact=True)).to_have_count(1)
    page.get_by_label("File Type").last.select_option("documentation")
    page.get_by_label("Platform").first.select_option("windows")
    _looks_well(page, axe)
    save.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Product A 2.4.0")
    expect(page.get_by_text("20.00 MB")).to_be_visible()
    expect(page.get_by_text("Documentation", exact=True)).to_be_visible()
    _looks_well(page, axe)


def _download(page: Page, axe: Axe, large: Path) -> None:
    sign_in(page, "fetch@example.com", "Plain-Sailing 42")
    expect(page.get_by_role("heading", name="Downloads", level=1)).to_be_visible()
    expect(page.get_by_text("v2.4.0")).to_be_visible()
    _looks_well(page, axe)
    for _ in range(2):
        with page.expect_download() as download:
            page.get_by_role("button", name="Download big.iso").click()
        assert download.value.suggested_filename == "big.iso"
        assert Path(download.value.path()).read_bytes() == large.read_bytes()
        # Sooner it would be the second half of a double click.
        page.wait_for_timeout(2100)
    page.get_by_role("link", name="Earlier versions").click()
    expect(page.get_by_text("No earlier versions")).to_be_visible()
    _looks_well(page, axe)


@pytest.mark.spec("DLD-10", "DLD-12", "DLD-31", "CLP-41", "CLP-42")
def test_from_upload_to_download(installation: Installation, new_context: NewContext, axe: Axe, tmp_path: Path) -> None:
    installation.python(Path(__file__).with_name("stock.py").read_text())
    installation.python(_CUSTOMER)
    large, small = _file(tmp_path, "big.iso", SIZE), _file(tmp_path, "guide.pdf", 5000)
    with installation.serve("web", "--workers", "1") as web:
        admin = new_context(viewport=WIDE).new_page()
        admin.set_default_timeout(30_000)
        admin.goto(f"{web.url}/admin/downloadables/create")
        sign_in(admin, "super_admin@keyturn.example", "correct horse")
        expect(admin.get_by_role("heading", name="Upload Downloadable")).to_be_visible()
        _upload(admin, axe, large, small)
        admin.goto(f"{web.url}/admin/downloadables")
        expect(admin.get_by_role("cell", name="2 files")).to_be_visible()
        _looks_well(admin, axe)
        customer = new_context(viewport=PHONE).new_page()
        customer.set_default_timeout(30_000)
        customer.goto(f"{web.url}/customer/downloads")
        _download(customer, axe, large)
        admin.reload()
        admin.get_by_role("link", name="2.4.0").click()
        expect(admin.get_by_text("2 downloads")).to_be_visible()
