"""The changelog for anybody, and for keys: published entries of products that show theirs, and nothing else."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.products.models import Product
from keyturn.platform.logs.models import RequestLog
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import JS, Answer, Api, Verifier

Released = Callable[..., Entry]


@pytest.fixture
def released(api: Api) -> Released:
    preferences.set_value("changelog.public", True)
    Product.objects.update(changelog_enabled=True)

    def make(version: str, day: int = 1, **more: Any) -> Entry:
        given = {"product": api.product, "summary": f"About {version}", "status": "published", **more}
        return Entry.objects.create(version=version, release_date=date(2026, 5, day), **given)

    return make


def ask(api: Api, slug: str = "editor", query: str = "", **more: Any) -> Answer:
    return api.send("GET", f"/api/v1/products/{slug}/changelog", query=query, **more)


def versions(answer: Answer) -> list[str]:
    return [entry["version"] for entry in answer.json["response"]["entries"]]


@pytest.mark.spec("API-57", "CHL-40", "CHL-41")
def test_anybody_reads_it(api: Api, released: Released, openssl: Verifier, public_pem: Any) -> None:
    change = {"kind": "fixes", "text": "Files **open** again <script>alert(1)</script> [more](javascript:x)"}
    released("2.3.0", title="Spring", changes=[change])
    answer = ask(api)
    openssl.document(answer, public_pem(api.product))
    response = answer.json["response"]
    assert (answer.status, response["code"]) == (200, 1600)
    assert response["product"] == {"uuid": str(api.product.uuid), "name": "Editor", "slug": "editor"}
    (entry,) = response["entries"]
    assert (entry["version"], entry["title"], entry["release_date"]) == ("2.3.0", "Spring", "2026-05-01")
    (shown,) = entry["changes"]
    assert (shown["kind"], shown["text"]) == ("fixes", change["text"])
    assert "<strong>open</strong>" in shown["html"]
    assert "<script" not in shown["html"]
    assert 'href="javascript' not in shown["html"]
    assert versions(ask(api, str(api.product.uuid))) == ["2.3.0"]
    body = openssl.sdk(ask(api, agent=JS), public_pem(api.product))
    assert (body["code"], body["success"], len(body["entries"])) == (1600, True, 1)


@pytest.mark.spec("API-57", "CHL-40")
def test_a_key_is_ignored(api: Api, released: Released) -> None:
    released("1.0.0")
    for header in ("Bearer wrong", f"Bearer {api.secret}"):
        assert ask(api, AUTHORIZATION=header).code == 1600
    api.key.refresh_from_db()
    assert api.key.last_used_at is None
    assert set(RequestLog.objects.values_list("api_key_id", "endpoint")) == {(None, "products/{slug}/changelog")}
    assert api.send("POST", "/api/v1/products/editor/changelog", b"x=1").status == 405


@pytest.mark.spec("API-57", "CHL-42")
def test_what_is_not_public_is_an_error_and_no_empty_list(api: Api, released: Released) -> None:
    released("1.0.0")
    staged = api.make_product("Staged", environment="staging", changelog_enabled=True)

    def refusal(slug: str = "editor") -> tuple[int, int]:
        answer = ask(api, slug)
        assert "entries" not in answer.json["response"]
        return answer.status, answer.code

    for slug in ("nothing", "staged", str(staged.uuid), "x" * 300, str(api.product.pk)):
        assert refusal(slug) == (404, 551)
    Product.objects.update(changelog_enabled=False)
    assert refusal() == (404, 1602)
    Product.objects.update(changelog_enabled=True, status="inactive")
    assert refusal() == (404, 551)
    Product.objects.update(status="active")
    preferences.set_value("changelog.public", False)
    assert refusal() == (404, 1601)
    preferences.set_value("changelog.public", True)
    preferences.set_value("changelog.enabled", False)
    assert refusal() == (404, 1601)


@pytest.mark.spec("CHL-37", "CHL-14", "CHL-13")
def test_drafts_are_never_seen(api: Api, released: Released) -> None:
    released("1.0.0")
    released("2.0.0", status="draft")
    assert versions(ask(api)) == ["1.0.0"]
    assert versions(ask(api, query="version=2.0.0")) == []
    assert ask(api).json["response"]["total"] == 1
    assert "2.0.0" not in api.get("get-product-changelog").body.decode()


@pytest.mark.spec("CHL-40", "CHL-43")
def test_order_pages_and_filters(api: Api, released: Released) -> None:
    preferences.set_value("changelog.per_page", 5)
    for number, version in enumerate(("1.0.0", "1.1.0", "2.0.0", "2.0.1", "beta", "v3.0.0"), 1):
        released(version, number)
    released("2.10.0", 2)
    released("2.9.0", 2)
    assert versions(ask(api)) == ["v3.0.0", "beta", "2.0.1", "2.0.0", "2.10.0"]
    second = ask(api, query="page=2")
    assert versions(second) == ["2.9.0", "1.1.0", "1.0.0"]
    assert [second.json["response"][name] for name in ("page", "pages", "total")] == [2, 2, 8]
    assert versions(ask(api, query="page=99")) == versions(second)
    assert versions(ask(api, query="version=beta")) == ["beta"]
    assert versions(ask(api, query="version=beta,1.0.0")) == ["beta", "1.0.0"]
    assert versions(ask(api, query="version[]=beta&version[]=1.0.0")) == ["beta", "1.0.0"]
    assert ask(api, query="page=0").json["response"]["errors"]
    Entry.objects.filter(version__in=["2.10.0", "2.9.0"]).delete()
    assert versions(ask(api, query="level=major")) == ["v3.0.0", "2.0.0", "1.0.0"]


def test_any_site_may_ask_while_it_is_public(api: Api, released: Released) -> None:
    assert ask(api).headers["access-control-allow-origin"] == "*"
    assert ask(api, "nothing").headers["access-control-allow-origin"] == "*"
    preferences.set_value("changelog.public", False)
    assert "access-control-allow-origin" not in ask(api).headers
    assert "access-control-allow-origin" not in api.get("get-product").headers


@pytest.mark.spec("API-57")
def test_its_limit_is_that_of_the_address(api: Api, released: Released) -> None:
    preferences.set_value("api.per_ip", 2)
    assert [ask(api).code, ask(api).code, ask(api).status] == [1600, 1600, 429]
    assert ask(api, ip="192.0.2.99").code == 1600


@pytest.mark.spec("API-56")
def test_the_look_up_of_a_key(api: Api, released: Released, openssl: Verifier, public_pem: Any) -> None:
    released("1.0.0")
    preferences.set_value("changelog.public", False)
    body = openssl.sdk(api.get("get-product-changelog", agent=JS), public_pem(api.product))
    assert (body["code"], body["entries"][0]["version"], body["product"]["slug"]) == (1600, "1.0.0", "editor")
    assert api.get("get-product-changelog", product_slug="nothing").code == 551
    Product.objects.update(changelog_enabled=False)
    off = api.get("get-product-changelog", product_id=api.product.pk)
    assert (off.status, off.code) == (200, 1602)
    preferences.set_value("changelog.enabled", False)
    assert api.get("get-product-changelog").code == 1601
