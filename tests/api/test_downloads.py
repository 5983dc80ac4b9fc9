"""access-downloadables, and the addresses that it hands out (API v1, 11.9 and 11.10)."""

import base64
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from django.conf import settings

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.licenses.models import License
from keyturn.licensing.releases import services
from keyturn.licensing.releases.models import Release
from keyturn.people.apikeys.models import ApiKey
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from keyturn.platform.storage import services as storage
from keyturn.platform.storage import serving
from tests.api.conftest import SDK, Answer, Api, Verifier
from tests.licensing.shelf import CONTENT, ReleaseOf, release_of

__all__ = ["release_of"]
pytestmark = pytest.mark.spec("API-40")
KEY, DEVICE = "KEY-AAAA-BBBB-CCCC", "PC/1+ü"
DOCUMENTED = [
    *("id", "product_id", "numeric_version", "version", "update_summary", "changelog", "published"),
    *("release_date", "download_counter", "url"),
]


def _list(api: Api, agent: str = "", **given: Any) -> Answer:
    return api.post("access-downloadables", agent=agent, **{"license_key": KEY, "identifier": DEVICE, **given})


def _fetch(api: Api, url: str, method: str = "GET", **headers: str) -> Answer:
    return api.send(method, unquote(urlsplit(url).path), **headers)


def _url(api: Api) -> str:
    return str(_list(api).json["response"]["downloadables"][0]["url"])


@pytest.mark.spec("DLD-15", "DLD-33")
def test_the_documented_answer(api: Api, release_of: ReleaseOf, openssl: Verifier, public_pem: Any) -> None:
    api.license(devices=[DEVICE])
    old = release_of(api.product, "2.3.9")
    release = release_of(api.product, changelog="- Dark mode", update_summary="Better")
    release_of(api.product, "3.0.0", status="draft")
    release_of(api.product, "4.0.0", release_date=clock.now().date() + timedelta(days=2))
    answer = _list(api)
    openssl.document(answer, public_pem(api.product))
    rows = answer.json["response"]["downloadables"]
    assert (answer.status, answer.code, [row["version"] for row in rows]) == (200, 600, ["2.4.0", "2.3.9"])
    assert list(rows[0]) == DOCUMENTED
    assert rows[0] | {"url": ""} == {
        "id": release.pk,
        "product_id": api.product.pk,
        "numeric_version": 20_400,
        "version": "2.4.0",
        "update_summary": "Better",
        "changelog": "- Dark mode",
        "published": 1,
        "release_date": "2026-01-31 00:00:00",
        "download_counter": 0,
        "url": "",
    }
    assert api.get("access-downloadables", license_key=KEY, identifier=DEVICE).code == 600
    assert _list(api, version="2.3.9").json["response"]["downloadables"][0]["id"] == old.pk
    assert _list(api, product_id=api.product.pk).code == 600
    assert _list(api, product_id=api.product.pk + 1).code == 210


def test_the_answer_for_sdks(api: Api, release_of: ReleaseOf, openssl: Verifier, public_pem: Any) -> None:
    api.license(devices=["PC-1"])
    release_of(api.product, names=["a.exe", "b.dmg"])
    answer = api.post("access-downloadables", agent=SDK, license_key=KEY)
    row = openssl.sdk(answer, public_pem(api.product))["downloadables"][0]
    assert row["filename"] == "a.exe"
    assert row["download_url"] == row["url"]
    assert [one["filename"] for one in row["files"]] == ["a.exe", "b.dmg"]
    assert [_fetch(api, one["download_url"]).status for one in row["files"]] == [200, 200]


@pytest.mark.spec("DLD-30", "DLD-33")
@pytest.mark.parametrize(
    ("status", "code"), [("available", 701), ("assigned", 600), ("suspended", 701), ("expired", 701), ("revoked", 701)]
)
def test_the_state_of_the_license_decides(api: Api, release_of: ReleaseOf, status: str, code: int) -> None:
    release_of(api.product)
    api.license(status=status)
    assert _list(api).code == code


@pytest.mark.spec("DLD-30", "DLD-33")
def test_the_order_of_refusals(api: Api) -> None:
    assert _list(api).code == 210
    license = api.license()
    api.product.downloads_before_activation = False
    api.product.save()
    assert _list(api).code == 701
    License.objects.filter(pk=license.pk).update(status="active")
    assert api.post("access-downloadables", license_key=KEY).code == 215
    assert api.post("access-downloadables", agent=SDK, license_key=KEY).code == 600
    assert _list(api).code == 202
    assert _list(api, agent=SDK).code == 202
    api.product.killed_at = clock.now()
    api.product.save()
    assert _list(api).code == 203


@pytest.mark.spec("DLD-32", "DLD-33")
def test_releases_that_the_license_does_not_cover_are_left_out(api: Api, release_of: ReleaseOf) -> None:
    api.license(devices=[DEVICE], assigned_at=clock.now())
    release_of(api.product, "1.0.0")
    release_of(api.product, "2.0.0", assigned_after=date(2099, 1, 1))
    rows = _list(api).json["response"]["downloadables"]
    assert [row["version"] for row in rows] == ["1.0.0"]


@pytest.mark.spec("DLD-31", "DLD-34")
def test_an_address_streams_the_file_and_counts(api: Api, release_of: ReleaseOf) -> None:
    license = api.license(devices=[DEVICE])
    release_of(api.product)
    url = _url(api)
    answer = _fetch(api, url)
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["content-disposition"] == 'attachment; filename="setup.exe"'
    part = _fetch(api, url, RANGE="bytes=50-", IF_RANGE=answer.headers["etag"])
    assert (part.status, part.body) == (206, CONTENT[50:])
    assert _fetch(api, url, "HEAD").headers["content-length"] == str(len(CONTENT))
    assert _list(api).json["response"]["downloadables"][0]["download_counter"] == 1
    event = AuditEvent.objects.get(action="customer.downloaded")
    assert (event.customer_uuid, event.license_uuid) == (api.customer.uuid, license.uuid)
    assert audit.personal_data(event) == {"ip": "192.0.2.7"}


@pytest.mark.spec("DLD-31")
def test_an_address_lasts_fifteen_minutes(api: Api, release_of: ReleaseOf) -> None:
    api.license(devices=[DEVICE])
    release_of(api.product)
    url = _url(api)
    with clock.fixed(clock.now() + timedelta(minutes=14)):
        assert _fetch(api, url).status == 200
    with clock.fixed(clock.now() + timedelta(minutes=16)):
        late = _fetch(api, url)
        assert (late.status, late.code) == (403, 701)
        assert _fetch(api, _url(api)).status == 200


@pytest.mark.spec("DLD-31", "DLD-33")
def test_an_address_is_of_one_license_device_and_file(api: Api, release_of: ReleaseOf) -> None:
    api.license(devices=[DEVICE, "PC-2"])
    api.license("KEY-2", devices=[DEVICE])
    release_of(api.product)
    url = _url(api)
    token, _, device, _ = urlsplit(url).path.split("/")[-4:]
    other = quote(base64.b64encode(b"PC-2").decode(), safe="")
    for changed in (
        url.replace(KEY, "KEY-2"),
        url.replace(device, other),
        url.replace(token, token[:-1]),
        url.replace(token, "0" * 32 + token[32:]),
        url.replace(token, "nonsense"),
    ):
        assert changed != url
        answer = _fetch(api, changed)
        assert (answer.status, answer.code) == (403, 701)
    assert Release.objects.get().downloads == 0


@pytest.mark.spec("DLD-16", "DLD-20", "DLD-34")
def test_every_download_is_judged_again(api: Api, owner: Actor, release_of: ReleaseOf) -> None:
    license = api.license(devices=[DEVICE])
    release = release_of(api.product)
    url, file = _url(api), release.files.get()
    License.objects.filter(pk=license.pk).update(status="suspended")
    assert (_fetch(api, url).status, _fetch(api, url).code) == (403, 701)
    License.objects.filter(pk=license.pk).update(status="active")
    license.activations.update(status="inactive")
    assert _fetch(api, url).code == 701
    license.activations.update(status="active")
    storage.place(file.storage).delete(file.key)
    assert (_fetch(api, url).status, _fetch(api, url).code) == (404, 700)
    services.set_status(owner, release, "draft")
    assert (_fetch(api, url).status, _fetch(api, url).code) == (404, 700)
    services.delete(owner, release)
    assert _fetch(api, url).code == 700


def test_an_api_key_opens_the_address_too(api: Api, release_of: ReleaseOf) -> None:
    api.license(devices=["PC-1"])
    release_of(api.product)
    device = base64.b64encode(b"PC-1").decode()
    path = f"/api/v1/download/{api.secret}/{KEY}/{device}/20400"
    assert api.send("GET", path).body == CONTENT
    assert api.send("GET", path.replace("20400", "20401")).code == 700
    assert api.send("GET", path.replace(device, "UEMtMg==")).code == 701
    ApiKey.objects.update(capabilities=["verify"])
    assert api.send("GET", path).code == 701


@pytest.mark.spec("API-22", "API-23")
def test_refusals_without_a_file_are_json(api: Api, release_of: ReleaseOf) -> None:
    api.license(devices=[DEVICE])
    release_of(api.product)
    url = _url(api)
    wrong = _fetch(api, url, "POST")
    assert (wrong.status, wrong.headers["allow"], wrong.json["error"]["code"]) == (
        405,
        "GET, HEAD",
        "METHOD_NOT_ALLOWED",
    )
    with ExitStack() as busy:
        for _ in range(settings.DOWNLOADS_AT_ONCE):
            serving._RUNNING.acquire()
            busy.callback(serving._RUNNING.release)
        late = _fetch(api, url)
        assert (late.status, late.headers["retry-after"], late.json["error"]["code"]) == (503, "60", "SERVER_ERROR")
    assert not AuditEvent.objects.filter(action="customer.downloaded").exists()
    preferences.set_value("api.per_ip", 1)
    limited = [_fetch(api, url) for _ in range(3)][-1]
    assert (limited.status, limited.code) == (429, 150)
    assert int(limited.headers["retry-after"]) == limited.json["retry_after"] > 0


@pytest.mark.spec("DLD-34")
def test_who_has_the_file_downloads_nothing(api: Api, release_of: ReleaseOf) -> None:
    api.license(devices=[DEVICE])
    release_of(api.product)
    known = _fetch(api, _url(api)).headers["etag"]
    assert _fetch(api, _url(api), IF_NONE_MATCH=known).status == 304
    assert AuditEvent.objects.filter(action="customer.downloaded").count() == 1


def test_only_a_key_that_may_gets_the_list(api: Api) -> None:
    api.license(devices=[DEVICE])
    ApiKey.objects.update(capabilities=["verify"])
    assert _list(api).code == 102
