"""Takes the pictures: `python -m tests.screenshots [FOLDER]`, by default var/screenshots."""

import html
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")
os.environ.setdefault("KEYTURN_DATA_DIR", tempfile.mkdtemp())
import django

django.setup()

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser import FLAGS
from tests.installation import Installation
from tests.screenshots.routes import RECORDS, Target, targets

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
IMPORTS = """
import json
from keyturn.people.admins.models import Admin
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers.models import Customer
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases.models import Release
from keyturn.operations.imports.models import Import
from keyturn.operations.retention.models import Policy
from keyturn.platform.jobs.models import Job
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs.models import LogEntry
from keyturn.platform.mail.models import EmailTemplate, Message
from keyturn.platform.webhooks.models import Delivery, Webhook
from django.contrib.auth.hashers import make_password
"""


def main(folder: Path) -> None:
    """Load demo data into a throw-away installation and take every page, in both themes and sizes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as data:
        keyturn = Installation(Path(data), "")
        keyturn.run("migrate", "--verbosity", "0")
        password = re.search(r"password (\S+)", keyturn.run("demo").stdout)[1]  # type: ignore[index]
        records = _records(keyturn, password)
        with keyturn.serve("web", "--workers", "1") as web, sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            pages = _pages(browser, web.url, password, records)
            for theme in THEMES:
                for size, (width, height) in SIZES.items():
                    _shoot(browser, web.url, password, pages, folder, theme, size, (width, height))
            browser.close()
    (folder / "index.html").write_text(_index(pages))
    print(f"{len(pages)} pages, {len(pages) * 4} pictures: {folder / 'index.html'}")


def _records(keyturn: Installation, password: str) -> dict[str, str]:
    """The identifier for each of RECORDS that exists; John may sign in afterwards."""
    found = ", ".join(f"{name!r}: {code}" for name, code in RECORDS.items())
    secret = f"Customer.objects.filter(email='john@example.com').update(password=make_password({password!r}))"
    report = f"print(json.dumps({{name: str(row.uuid) for name, row in {{{found}}}.items() if row}}))"
    answer: dict[str, str] = json.loads(keyturn.python(f"{IMPORTS}\n{secret}\n{report}").splitlines()[-1])
    return answer


def _visitor(browser: Browser, base: str, password: str, portal: str, **options: object) -> BrowserContext:
    """Somebody who has signed in to a portal."""
    context = browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{base}/{'admin/sign-in' if portal == 'admin' else 'customer/login'}")
    page.fill("[name=email]", "mara@demo.example" if portal == "admin" else "john@example.com")
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    page.close()
    return context


def _pages(browser: Browser, base: str, password: str, records: dict[str, str]) -> list[tuple[Target, str]]:
    """Targets that answer a whole document, with their address; the rest are dialogs, parts and files."""
    pages = []
    visitors = {portal: _visitor(browser, base, password, portal) for portal in ("admin", "customer")}
    for target in targets():
        if target.record and target.record not in records:
            print(f"The demo data holds nothing for {target.path}")
            continue
        path = target.path.replace(f"{{{target.record}}}", records.get(target.record or "", ""))
        answer = visitors[target.portal].request.get(base + path, max_redirects=0)
        if answer.status == 200 and re.match(rb"\s*<!doctype html", answer.body(), re.IGNORECASE):
            pages.append((target, path))
    for name, path in (("sign_in", "/admin/sign-in"), ("login", "/customer/login")):
        pages.append((Target("signed-out", name, path), path))
    return pages


def _shoot(
    browser: Browser,
    base: str,
    password: str,
    pages: list[tuple[Target, str]],
    folder: Path,
    theme: str,
    size: str,
    viewport: tuple[int, int],
) -> None:
    options = {"viewport": {"width": viewport[0], "height": viewport[1]}, "color_scheme": theme}
    for portal in ("admin", "customer", "signed-out"):
        visitor = (
            browser.new_context(**options)  # type: ignore[arg-type]
            if portal == "signed-out"
            else _visitor(browser, base, password, portal, **options)
        )
        page = visitor.new_page()
        for target, path in pages:
            if target.portal == portal:
                page.goto(base + path)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=folder / f"{_name(target)}.{theme}.{size}.png", full_page=True)
        visitor.close()


def _name(target: Target) -> str:
    return f"{target.portal}-{target.name}"


def _index(pages: list[tuple[Target, str]]) -> str:
    rows = "\n".join(
        f"<h2 id={_name(target)}>{html.escape(target.portal)}: {html.escape(target.path)}</h2><div>"
        + "".join(
            f'<a href="{_name(target)}.{theme}.{size}.png"><img loading="lazy" alt="{theme}, {size}" '
            f'src="{_name(target)}.{theme}.{size}.png"></a>'
            for size in SIZES
            for theme in THEMES
        )
        + "</div>"
        for target, _ in pages
    )
    style = "body{font:14px sans-serif;margin:2rem}div{display:flex;gap:1rem;align-items:flex-start;overflow-x:auto}"
    return (
        f"<!doctype html><meta charset=utf-8><title>Keyturn, page by page</title><style>{style}"
        f"img{{max-height:520px;border:1px solid #ccc}}</style>{rows}\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "var/screenshots").resolve())
