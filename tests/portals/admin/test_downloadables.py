"""The Downloads pages of the Admin Portal."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.access.scope import Environment
from keyturn.core import clock
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import links, uploads
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from tests.conftest import ActorFor
from tests.licensing.conftest import product
from tests.licensing.shelf import CONTENT, ReleaseOf, release_of
from tests.portals.conftest import ClientOf, admin_of, client_of, super_admin

__all__ = ["admin_of", "client_of", "product", "release_of", "super_admin"]
pytestmark = pytest.mark.django_db
LIST = "/admin/downloadables"


def _send(client: Client, name: str = "setup.exe", content: bytes = CONTENT, piece: int = 1000) -> str:
    """Upload a file as the page does; its UUID."""
    begun = client.post(f"{LIST}/uploads", {"name": name, "size": len(content)})
    assert begun.status_code == 201, begun.content
    state = begun.json()
    while not state["sha256"]:
        at = state["received"]
        url = f"{state['url']}?offset={at}"
        answer = client.post(url, content[at : at + piece], content_type="application/octet-stream")
        assert answer.status_code == 200, answer.content
        state = answer.json()
    return str(state["uuid"])


def _form(product: Product | None, *uuids: str, **changes: Any) -> dict[str, Any]:
    count = len(uuids)
    return {
        **({"product": product.uuid} if product else {}),
        "version": "2.4.0",
        "channel": "stable",
        "status": "published",
        "release_date": "2026-01-31",
        "file_uuid": list(uuids),
        "file_kind": ["installer"] * count,
        "file_platform": ["windows"] * count,
        "file_architecture": ["x64"] * count,
        **changes,
    }


def _bytes(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.spec("DLD-01", "DLD-02")
def test_the_list_shows_what_a_release_is(super_admin: Client, product: Product, release_of: ReleaseOf) -> None:
    long = "A new look. " * 20
    release_of(product, changelog=long, names=["a.exe", "b.dmg", "c.zip"])
    release_of(product, "3.0.0-beta", status="draft", channel="beta")
    page = super_admin.get(LIST).content.decode()
    for text in ("2.4.0", "3.0.0-beta", "Pro App", "3 files", "1 file", "Published", "Draft", "Jan 31, 2026", "Beta"):
        assert text in page
    assert f">{long[:79]}…<" in page
    for word in ("Version", "Product", "Changelog", "Assets", "Status", "Release Date", "Actions"):
        assert word in page


@pytest.mark.spec("DLD-01")
def test_only_releases_of_the_environment_are_there(
    super_admin: Client, actor_for: ActorFor, release_of: ReleaseOf, product: Product
) -> None:
    release_of(product)
    preferences.forget()
    other = actor_for(Role.ADMIN, Environment.STAGING)
    foreign = products.create(other, name="Staged")
    row = Release.objects.create(
        product=foreign, environment="staging", version="9.9.9", numeric_version=1, release_date=date(2026, 1, 1)
    )
    page = super_admin.get(LIST).content.decode()
    assert "2.4.0" in page
    assert "9.9.9" not in page
    assert super_admin.get(f"{LIST}/{row.uuid}").status_code == 404


@pytest.mark.spec("DLD-01")
def test_the_palette_finds_the_page_by_its_word(super_admin: Client) -> None:
    found = super_admin.get("/admin/search?q=downloadables").content.decode()
    assert 'href="/admin/downloadables"' in found


@pytest.mark.spec("DLD-03")
@pytest.mark.parametrize(
    ("query", "versions"),
    [
        ("", ["10.0.0", "2.4.0", "9.1.0"]),
        ("search=9.1", ["9.1.0"]),
        ("search=dark+mode", ["2.4.0"]),
        ("status=draft", ["10.0.0"]),
        ("status=published", ["2.4.0", "9.1.0"]),
        ("sort=version&direction=asc", ["2.4.0", "9.1.0", "10.0.0"]),
        ("sort=version&direction=desc", ["10.0.0", "9.1.0", "2.4.0"]),
        ("sort=released&direction=asc", ["9.1.0", "2.4.0", "10.0.0"]),
        ("sort=created&direction=asc", ["9.1.0", "2.4.0", "10.0.0"]),
        ("sort=status&direction=asc", ["10.0.0"]),
        ("sort=product&direction=asc", ["2.4.0"]),
    ],
)
def test_search_filters_and_orders(
    super_admin: Client, owner: Actor, product: Product, release_of: ReleaseOf, query: str, versions: list[str]
) -> None:
    release_of(products.create(owner, name="Zeta"), "9.1.0", release_date=date(2026, 1, 1))
    release_of(product, "2.4.0", changelog="Dark Mode", release_date=date(2026, 2, 1))
    release_of(product, "10.0.0", status="draft", release_date=date(2026, 3, 1))
    page = super_admin.get(f"{LIST}?{query}").content.decode()
    at = [page.index(f">{one}</a>") for one in versions]
    assert at == sorted(at)
    missing = {"2.4.0", "9.1.0", "10.0.0"} - set(versions)
    if "sort" not in query:
        assert not [one for one in missing if f">{one}</a>" in page]


@pytest.mark.spec("DLD-03")
def test_the_list_can_be_narrowed_to_a_product(
    super_admin: Client, owner: Actor, product: Product, release_of: ReleaseOf
) -> None:
    other = products.create(owner, name="Zeta")
    release_of(product)
    release_of(other, "7.0.0")
    page = super_admin.get(f"{LIST}?product={other.uuid}").content.decode()
    assert ">7.0.0</a>" in page
    assert ">2.4.0</a>" not in page


@pytest.mark.spec("DLD-04")
def test_empty_is_told_from_no_match_and_pages_have_fifteen(
    super_admin: Client, product: Product, release_of: ReleaseOf
) -> None:
    assert "Nothing uploaded yet" in super_admin.get(LIST).content.decode()
    for number in range(16):
        release_of(product, f"1.{number}.0")
    page = super_admin.get(f"{LIST}?search=nothing-like-it").content.decode()
    assert "Nothing uploaded yet" not in page
    assert "Versions and changelogs were searched" in page
    assert super_admin.get(LIST).content.decode().count('class="row-link') == 15
    assert super_admin.get(f"{LIST}?page=2").content.decode().count('class="row-link') == 1


@pytest.mark.spec("DLD-10", "DLD-11", "DLD-16")
def test_a_release_is_uploaded(super_admin: Client, product: Product) -> None:
    page = super_admin.get(f"{LIST}/create").content.decode()
    assert "Pro App" in page
    uuid = _send(super_admin)
    rules = {"runs_until": "2026-12-31", "numeric_version": "24"}
    sent = _form(product, uuid, changelog="- **Fast**", update_summary="Faster", channel="hotfix", **rules)
    answer = super_admin.post(f"{LIST}/create", sent)
    release = Release.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}/{release.uuid}")
    told = (release.version, release.numeric_version, release.channel, release.status, str(release.runs_until))
    assert told == ("2.4.0", 24, "hotfix", "published", "2026-12-31")
    file = release.files.get()
    assert (file.kind, file.platform, file.architecture) == ("installer", "windows", "x64")
    page = super_admin.get(answer["Location"]).content.decode()
    for text in (
        file.sha256,
        "2.00 KB",
        "Windows, x64",
        "<strong>Fast</strong>",
        "running until Dec 31, 2026",
        "Hotfix",
    ):
        assert text in page


@pytest.mark.spec("DLD-10")
def test_inactive_products_can_have_drafts(super_admin: Client, owner: Actor) -> None:
    asleep = products.create(owner, name="Asleep", status="inactive")
    sent = _form(asleep, _send(super_admin), status="draft")
    assert super_admin.post(f"{LIST}/create", sent).status_code == 302


@pytest.mark.spec("DLD-17")
def test_each_bad_field_is_named_and_uploads_stay(super_admin: Client, product: Product) -> None:
    uuid = _send(super_admin, "kept.zip")
    answer = super_admin.post(f"{LIST}/create", _form(product, uuid, version="new", release_date=""))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter the date of the release." in page
    answer = super_admin.post(f"{LIST}/create", _form(product, uuid, version="new"))
    page = answer.content.decode()
    assert "Enter a version such as 2.4.0" in page
    assert f'value="{uuid}"' in page
    assert "kept.zip" in page
    answer = super_admin.post(f"{LIST}/create", _form(product))
    assert "Add at least one file." in answer.content.decode()
    assert not Release.objects.exists()


@pytest.mark.spec("DLD-12")
def test_a_file_that_is_too_large_is_refused_at_once(super_admin: Client) -> None:
    preferences.set_value("storage.upload_limit_mb", 1)
    answer = super_admin.post(f"{LIST}/uploads", {"name": "big.iso", "size": 1024 * 1024 + 1})
    assert answer.status_code == 422
    assert answer.json()["message"] == "big.iso is larger than 1 MB, the most a file may have."
    for size in ("", "x", "-5", "0"):
        assert super_admin.post(f"{LIST}/uploads", {"name": "a", "size": size}).status_code == 422
    assert not ReleaseFile.objects.exists()


def test_a_broken_upload_says_where_to_go_on(super_admin: Client) -> None:
    state = super_admin.post(f"{LIST}/uploads", {"name": "a.zip", "size": 10}).json()
    assert state["piece"] == uploads.PIECE
    send = "application/octet-stream"
    assert super_admin.post(f"{state['url']}?offset=0", b"01234", content_type=send).json()["received"] == 5
    for offset in ("0", "", "x", "99"):
        answer = super_admin.post(f"{state['url']}?offset={offset}", b"01234", content_type=send)
        assert answer.status_code == 409
    assert super_admin.get(state["url"]).json()["received"] == 5
    assert super_admin.post(f"{state['url']}?offset=5", b"56789", content_type=send).json()["sha256"]


def test_an_upload_is_of_one_admin(super_admin: Client, client_of: ClientOf, product: Product) -> None:
    uuid = _send(super_admin)
    other = client_of("admin")
    assert other.get(f"{LIST}/uploads/{uuid}").status_code == 404
    answer = other.post(f"{LIST}/create", _form(product, uuid))
    assert "A file is not there any more." in answer.content.decode()


@pytest.mark.spec("DLD-14")
def test_an_edit_keeps_adds_and_removes_files(super_admin: Client, product: Product, release_of: ReleaseOf) -> None:
    release = release_of(product, names=["a.zip", "b.zip"])
    kept = release.files.earliest("pk")
    page = super_admin.get(f"{LIST}/{release.uuid}/edit").content.decode()
    assert "It cannot change." in page
    assert 'name="product"' not in page
    fresh = _send(super_admin, "c.zip")
    sent = _form(None, str(kept.uuid), fresh, version="2.5.0", revision="1", status="draft")
    assert super_admin.post(f"{LIST}/{release.uuid}/edit", sent).status_code == 302
    release.refresh_from_db()
    assert (release.version, release.numeric_version, release.status) == ("2.5.0", 20_400, "draft")
    assert [file.name for file in release.files.all()] == ["a.zip", "c.zip"]
    answer = super_admin.post(f"{LIST}/{release.uuid}/edit", sent)
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.content.decode()


@pytest.mark.spec("DLD-16")
def test_publishing_is_one_click_and_back(super_admin: Client, product: Product, release_of: ReleaseOf) -> None:
    release = release_of(product, status="draft")
    for wanted in ("published", "draft"):
        assert super_admin.post(f"{LIST}/{release.uuid}/status", {"status": wanted}).status_code == 302
        release.refresh_from_db()
        assert release.status == wanted


@pytest.mark.spec("DLD-20")
def test_deleting_asks_first_and_names_what_goes(super_admin: Client, product: Product, release_of: ReleaseOf) -> None:
    release = release_of(product, names=["a.zip", "b.zip"])
    Release.objects.update(downloads=7)
    dialog = super_admin.get(f"{LIST}/{release.uuid}/delete").content.decode()
    for text in ("Delete Pro App 2.4.0?", "2 files", "Downloaded 7 times", "set it to Draft"):
        assert text in dialog
    assert Release.objects.exists()
    assert super_admin.post(f"{LIST}/{release.uuid}/delete", HTTP_HX_REQUEST="true").status_code == 200
    assert not Release.objects.exists()


@pytest.mark.spec("DLD-35", "DLD-41")
@pytest.mark.parametrize("role", Role.values)
def test_every_role_fetches_files_of_any_status_and_nothing_is_counted(
    role: str, client_of: ClientOf, product: Product, release_of: ReleaseOf
) -> None:
    release = release_of(product, status="draft")
    file, client = release.files.get(), client_of(role)
    led = client.get(f"{LIST}/files/{file.uuid}/download")
    assert led.status_code == 302
    answer = client.get(led["Location"])
    assert (answer.status_code, _bytes(answer)) == (200, CONTENT)
    assert answer["Content-Disposition"] == 'attachment; filename="setup.exe"'
    part = client.get(led["Location"], headers={"Range": "bytes=100-"})
    assert (part.status_code, _bytes(part)) == (206, CONTENT[100:])
    release.refresh_from_db()
    assert release.downloads == 0
    assert not AuditEvent.objects.filter(action="customer.downloaded").exists()
    other = client_of("admin" if role != "admin" else "viewer")
    assert other.get(led["Location"]).status_code == 404, "a link is of one session"
    with clock.fixed(clock.now() + timedelta(minutes=16)):
        late = client.get(led["Location"], headers={"Accept": "application/json"})
        assert late.status_code == 409
        assert "expired" in json.loads(late.content)["message"]


@pytest.mark.spec("DLD-31", "DLD-35")
def test_testers_get_a_link_of_fifteen_minutes(super_admin: Client, product: Product, release_of: ReleaseOf) -> None:
    file = release_of(product, status="draft").files.get()
    url = super_admin.post(f"{LIST}/files/{file.uuid}/link").json()["value"]
    assert AuditEvent.objects.get(action="release.link_issued").changes["file"] == "setup.exe"
    path = url.partition("/files/")[2]
    answer = Client().get(f"/files/{path}")
    assert (answer.status_code, _bytes(answer)) == (200, CONTENT)
    assert Client().get(f"/files/{path[:-1]}").status_code == 404
    assert Client().get(f"/files/{file.uuid}?signature={links.sign(file.uuid, 'session:x')}").status_code == 404
    with clock.fixed(clock.now() + timedelta(minutes=16)):
        late = Client().get(f"/files/{path}")
        assert late.status_code == 410
        assert "expired" in late.content.decode()
    Release.objects.all().delete()
    assert Client().get(f"/files/{path}").status_code == 404, "deleting ends links that were handed out"


@pytest.mark.spec("DLD-41")
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_those_who_only_look_see_no_action(
    role: str, client_of: ClientOf, product: Product, release_of: ReleaseOf
) -> None:
    release, client = release_of(product), client_of(role)
    for url in (LIST, f"{LIST}/{release.uuid}"):
        page = client.get(url).content.decode()
        for word in ("/edit", "/delete", "/status", "/create", "/link"):
            assert f'{word}"' not in page, (url, word)
        assert '/download"' in page


@pytest.mark.spec("DLD-17")
def test_all_that_is_missing_is_told_at_once(super_admin: Client) -> None:
    page = super_admin.post(f"{LIST}/create", {}).content.decode()
    assert all(text in page for text in ("Choose a product.", "Enter the version.", "Add at least one file."))
