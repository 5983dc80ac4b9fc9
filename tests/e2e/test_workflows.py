"""The workflows of the customers' manual, with its own addresses and numbers, by mouse."""

import csv
import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Shop, find, go, heading, rows

pytestmark = pytest.mark.browser


@pytest.mark.spec("CUS-12")
def test_1_the_key_of_a_caller(page: Page, shop: Shop) -> None:
    """Three interactions from the open list to the copied key."""
    find(page, "john@example.com")
    page.get_by_role("link", name="View John Smith").click()
    heading(page, "John Smith")
    inventory = page.locator("section[aria-labelledby=inventory]")
    expect(inventory.get_by_role("row").nth(1)).to_contain_text("Pro App")
    expect(inventory.get_by_role("row").nth(1)).to_contain_text("2 / 3")
    inventory.get_by_role("button", name="Copy key").click()
    expect(page.locator(".toast")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == shop.key


@pytest.mark.spec("CUS-01", "CUS-13")
def test_2_five_bought_three_seen(page: Page) -> None:
    find(page, "john@company.com")
    expect(rows(page)).to_contain_text("3 Licenses")
    rows(page).click()
    heading(page, "John Smith")
    expect(page.locator("section[aria-labelledby=inventory] tbody tr")).to_have_count(3)
    go(page, "Licenses")
    page.locator("#filter-status").select_option("available")
    expect(page).to_have_url(re.compile("status=available$"))
    page.locator("#list-search").fill("#10482")
    expect(page).to_have_url(re.compile("search=%2310482"))
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("toolbar").get_by_role("button", name="Assign…").click()
    dialog = page.get_by_role("dialog", name="Assign 2 licenses")
    dialog.get_by_role("textbox", name="Customer e-mail").fill("john@company.com")
    expect(dialog).to_contain_text("John Smith, 3 licenses. They will have 5.")
    dialog.get_by_role("button", name="Assign 2 licenses").click()
    expect(page.locator(".toast")).to_contain_text("john@company.com now has 5 licenses.")
    go(page, "Customers")
    find(page, "john@company.com")
    expect(rows(page)).to_contain_text("5 Licenses")


@pytest.mark.spec("CUS-13", "CUS-14")
def test_3_the_limit_is_reached(page: Page, shop: Shop) -> None:
    full = shop.installation.python(
        "from keyturn.licensing.licenses.models import License\n"
        "print(License.objects.get(customer__email='sarah@company.com').license_key)"
    ).splitlines()[-1]
    assert shop.ask("activate", full, "NEW-DEVICE") == 302
    find(page, "sarah@company.com")
    page.get_by_role("link", name="View Sarah Johnson").click()
    heading(page, "Sarah Johnson")
    inventory = page.locator("section[aria-labelledby=inventory]")
    for words in ("Active", "3 / 3", "Limit reached"):
        expect(inventory).to_contain_text(words)
    device = page.locator("section[aria-labelledby=activations]").get_by_role("row")
    expect(device.filter(has_text="DEVICE-1")).to_contain_text(re.compile(r"\d+ minutes ago"))
    expect(device.filter(has_text="DEVICE-2")).to_contain_text("2 hours ago")
    expect(device.filter(has_text="DEVICE-3")).to_contain_text("45 days ago")
    expect(device.filter(has_text="DEVICE-3")).to_contain_text("Abandoned?")
    page.get_by_role("button", name="Deactivate DEVICE-3").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Deactivate device").click()
    expect(inventory).to_contain_text("2 / 3")
    assert shop.ask("activate", full, "NEW-DEVICE") == 300
    page.reload()
    expect(inventory).to_contain_text("3 / 3")


@pytest.mark.spec("CUS-17", "CUS-22", "CUS-24", "CUS-43")
def test_4_a_new_address(page: Page) -> None:
    find(page, "old@email.com")
    expect(rows(page)).to_contain_text("3 Licenses")
    page.get_by_role("link", name="View Olivia Novak").click()
    heading(page, "Olivia Novak")
    page.get_by_role("button", name="Transfer Licenses").click()
    dialog = page.get_by_role("dialog", name="Transfer Licenses")
    dialog.locator("#id_email").fill("new@email.com")
    expect(dialog).to_contain_text("created")
    dialog.get_by_role("button", name="Transfer 3 licenses").click()
    expect(page.locator(".toast")).to_contain_text("new@email.com")
    go(page, "Customers")
    find(page, "new@email.com")
    expect(rows(page)).to_contain_text("3 Licenses")
    rows(page).click()
    expect(page.locator("section[aria-labelledby=inventory] tbody tr")).to_have_count(3)
    # The devices came along.
    expect(page.locator("section[aria-labelledby=activations]")).to_contain_text("OLIVIA-LAPTOP")
    go(page, "Customers")
    find(page, "old@email.com")
    expect(rows(page)).to_contain_text("0 Licenses")
    rows(page).click()
    heading(page, "Olivia Novak")
    page.get_by_role("button", name="Delete Customer").click()
    dialog = page.get_by_role("alertdialog", name="Delete Olivia Novak?")
    expect(dialog).to_contain_text("No license is affected")
    expect(dialog.get_by_role("button", name="Delete Customer")).to_be_disabled()
    dialog.get_by_role("textbox").fill("old@email.com")
    dialog.get_by_role("button", name="Delete Customer").click()
    heading(page, "Customers")
    expect(page.locator(".toast")).to_contain_text("Customer deleted")
    page.locator("#list-search").fill("old@email.com")
    expect(page.locator("#results")).to_contain_text("No customer matches “old@email.com”")


@pytest.mark.spec("LIC-05", "CUS-09")
def test_5_a_renewal_campaign(page: Page) -> None:
    go(page, "Licenses")
    page.locator("#filter-status").select_option("active")
    expect(page).to_have_url(re.compile("status=active"))
    page.locator("#filter-expires").select_option(label="Next 30 days")
    expect(page).to_have_url(re.compile("expires=30-days"))
    expect(rows(page)).to_have_count(12)
    taken = _download(page, "Export")
    assert {"License Key", "Customer Email", "Expiry Date", "Product"} <= set(taken[0])
    assert {row["Customer Email"] for row in taken} == {"john@acmecorp.com", "ann@example.org"}
    assert len(taken) == 12
    go(page, "Customers")
    page.get_by_role("link", name="Renewals").click()
    heading(page, "Renewals")
    for person, priority, count in (("John at Acme", "High", 10), ("Ann Medium", "Medium", 2), ("Ben Low", "Low", 1)):
        row = rows(page).filter(has_text=person)
        expect(row).to_contain_text(priority)
        expect(row).to_contain_text(str(count))
    expect(rows(page).first).to_contain_text("John at Acme")
    contacts = _download(page, "Export")
    assert [row["Email"] for row in contacts] == ["john@acmecorp.com", "ann@example.org", "ben@example.org"]


@pytest.mark.spec("CUS-41", "CUS-44")
def test_6_the_right_of_access(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.url}/admin/customers/compliance")
    heading(page, "Compliance log")
    before = rows(page).count()
    page.goto(f"{shop.url}/admin/customers")
    find(page, "john@example.com")
    page.get_by_role("link", name="View John Smith").click()
    heading(page, "John Smith")
    page.get_by_role("button", name="Export Customer Data").click()
    dialog = page.get_by_role("dialog", name="Export Customer Data")
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Export", exact=True).dblclick()
    data = json.loads(download.value.path().read_text())
    assert (data["customer"]["name"], data["customer"]["email"]) == ("John Smith", "john@example.com")
    assert [license["key"] for license in data["licenses"]] == [shop.key]
    assert (data["licenses"][0]["product"], data["licenses"][0]["status"]) == ("Pro App", "active")
    assert len(data["activations"]) == 2
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    go(page, "Customers")
    page.get_by_role("link", name="Compliance log").click()
    heading(page, "Compliance log")
    entry = rows(page).first
    for words in ("John Smith", "Export", "Mara Lindqvist"):
        expect(entry).to_contain_text(words)
    expect(rows(page)).to_have_count(before + 1)


def _download(page: Page, button: str) -> list[dict[str, str]]:
    page.get_by_role("button", name=button).click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV", exact=True).click()
    return list(csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines()))
