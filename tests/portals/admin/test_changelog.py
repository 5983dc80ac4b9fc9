"""The Changelog page: writing, publishing and taking back entries."""

from datetime import date

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.licensing.changelog import services
from keyturn.licensing.changelog.drafts import Change, Draft
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.platform.preferences import services as preferences
from tests.portals.conftest import ClientOf, admin_of, client_of

__all__ = ["admin_of", "client_of"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def product(owner: Actor) -> Product:
    return products.create(owner, name="Pro App", changelog_enabled=True)


@pytest.fixture
def entry(owner: Actor, product: Product) -> Entry:
    change = Change("fixes", "It **prints** <script>alert(1)</script>")
    return services.create(owner, product, Draft("1.0.0", "The first one", (change,), title="Spring"))


def given(product: Product, **more: object) -> dict[str, object]:
    return {
        "product": product.uuid,
        "version": "2.0.0",
        "title": "Summer",
        "release_date": "2026-06-01",
        "summary": "It grew",
        "change_kind": ["features", "fixes"],
        "change_text": ["A *map*", ""],
        "publish_at": "",
        **more,
    }


def test_an_entry_is_written_and_published(client_of: ClientOf, product: Product) -> None:
    client = client_of("admin")
    answer = client.post("/admin/changelog/create", given(product))
    entry = Entry.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/changelog/{entry.uuid}")
    assert (entry.status, entry.release_date, entry.title) == ("draft", date(2026, 6, 1), "Summer")
    assert entry.changes == [{"kind": "features", "text": "A *map*"}]
    client.post(f"/admin/changelog/{entry.uuid}/edit", given(product, version="2.0.1", revision=1, then="publish"))
    entry.refresh_from_db()
    assert (entry.version, entry.status) == ("2.0.1", "published")
    client.post(f"/admin/changelog/{entry.uuid}/withdraw")
    entry.refresh_from_db()
    assert entry.status == "draft"
    client.post(f"/admin/changelog/{entry.uuid}/publish")
    client.post(f"/admin/changelog/{entry.uuid}/delete")
    assert not Entry.objects.exists()


def test_what_is_wrong_is_shown_and_kept(client_of: ClientOf, owner: Actor, product: Product, entry: Entry) -> None:
    client = client_of("admin")
    answer = client.post("/admin/changelog/create", given(product, version="1.0.0"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "has an entry for version 1.0.0 already" in page
    assert "A *map*" in page
    services.update(owner, entry, Draft("1.0.2", "Changed"), revision=1)
    stale = client.post(f"/admin/changelog/{entry.uuid}/edit", given(product, revision=1))
    assert (stale.status_code, "2.0.0" in stale.content.decode()) == (422, True)


@pytest.mark.spec("CHL-12")
def test_the_preview_is_what_will_be_published(client_of: ClientOf, product: Product, entry: Entry) -> None:
    client = client_of("admin")
    text = {"change_kind": ["fixes"], "change_text": [entry.changes[0]["text"]]}
    shown = client.post("/admin/changelog/preview", given(product, **text)).content.decode()
    page = client.get(f"/admin/changelog/{entry.uuid}").content.decode()
    (html,) = [line for line in page.splitlines() if "<strong>prints</strong>" in line]
    assert "&lt;script&gt;" in html
    assert html.strip() in shown


def test_rows_of_changes_are_added_moved_and_removed(client_of: ClientOf) -> None:
    client = client_of("admin")
    rows = {"change_kind": ["features", "fixes"], "change_text": ["one", "two"]}

    def texts(change: str) -> list[str]:
        page = client.post("/admin/changelog/rows", {**rows, "change": change}).content.decode()
        return [part.partition("</textarea>")[0].rpartition(">")[2] for part in page.split("<textarea")[1:]]

    assert texts("add") == ["one", "two", ""]
    assert texts("down:0") == ["two", "one"]
    assert texts("up:1") == ["two", "one"]
    assert texts("remove:0") == ["two"]
    assert texts("up:0") == texts("nonsense") == ["one", "two"]


@pytest.mark.spec("CHL-20", "CHL-21")
def test_the_list(client_of: ClientOf, owner: Actor, product: Product, entry: Entry) -> None:
    other = products.create(owner, name="Backup Agent")
    services.publish(owner, services.create(owner, other, Draft("7.1", "Zebra", release_date=date(2026, 1, 1))))
    client = client_of("admin")
    page = client.get("/admin/changelog").content.decode()
    for text in ("DRAFT", "Published", "Bug Fixes", "Spring", "changelog off"):
        assert text in page
    assert page.index("1.0.0") < page.index("7.1")
    for query, found in (
        ("search=zebra", "7.1"),
        ("search=prints", "1.0.0"),
        ("status=published", "7.1"),
        ("search=spring", "1.0.0"),
    ):
        page = client.get(f"/admin/changelog?{query}").content.decode()
        assert [version for version in ("7.1", "1.0.0") if f">{version}</a>" in page] == [found]
    page = client.get(f"/admin/changelog?product={other.uuid}").content.decode()
    assert ">1.0.0</a>" not in page


@pytest.mark.spec("CHL-24")
def test_the_master_switch_hides_it(client_of: ClientOf, entry: Entry) -> None:
    client = client_of("admin")
    assert 'href="/admin/changelog"' in client.get("/admin/licenses").content.decode()
    preferences.set_value("changelog.enabled", False)
    assert 'href="/admin/changelog"' not in client.get("/admin/licenses").content.decode()
    for path in ("", "/create", f"/{entry.uuid}", f"/{entry.uuid}/edit"):
        assert client.get(f"/admin/changelog{path}").status_code == 404
    assert client.post(f"/admin/changelog/{entry.uuid}/delete").status_code == 404
    assert Entry.objects.count() == 1


@pytest.mark.spec("CHL-25")
def test_an_empty_list_explains(client_of: ClientOf, owner: Actor) -> None:
    products.create(owner, name="Silent App")
    page = client_of("admin").get("/admin/changelog").content.decode()
    for text in ("No entries yet", "New entry", "Silent App", "Enable Changelog"):
        assert text in page


def test_operators_and_viewers_read(client_of: ClientOf, entry: Entry) -> None:
    for role in ("operator", "viewer"):
        client: Client = client_of(role)
        assert "New entry" not in client.get("/admin/changelog").content.decode()
        page = client.get(f"/admin/changelog/{entry.uuid}").content.decode()
        assert "It <strong>prints</strong>" in page
        assert "/publish" not in page
