"""Downloads in the Client Portal: what is offered, how it is fetched, and how it is refused."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import services
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from keyturn.platform.storage import services as storage
from tests.licensing.shelf import CONTENT, ReleaseOf, release_of
from tests.platform.storage_places import bucket, choose, s3_url
from tests.portals.admin.conftest import full_license, generator, john, product
from tests.portals.conftest import VisitOf, visit_of

__all__ = ["bucket", "full_license", "generator", "john", "product", "release_of", "s3_url", "visit_of"]
pytestmark = pytest.mark.django_db
PAGE = "/customer/downloads"


@pytest.fixture
def visit(visit_of: VisitOf, john: Customer) -> Client:
    return visit_of(john)


def _bytes(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def _link(visit: Client, file: ReleaseFile) -> str:
    answer = visit.post(f"{PAGE}/{file.uuid}")
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


@pytest.mark.spec("CLP-40", "CLP-41", "DLD-30")
def test_releases_stand_under_their_product(
    visit: Client, owner: Actor, product: Product, release_of: ReleaseOf
) -> None:
    release = release_of(product, changelog="- **Fast**", channel="hotfix", content=bytes(13_107_200))
    release_of(products.create(owner, name="Not his"), "9.9.9")
    page = visit.get(PAGE).content.decode()
    for text in ("Pro App", "v2.4.0", "12.50 MB", "Jan 31, 2026", "Hotfix", "<strong>Fast</strong>", "setup.exe"):
        assert text in page
    assert release.files.get().sha256 in page
    assert "9.9.9" not in page


@pytest.mark.spec("CLP-41")
def test_latest_and_earlier_versions_are_told_apart(visit: Client, product: Product, release_of: ReleaseOf) -> None:
    for version in ("2.9.0", "2.10.0", "1.0.0"):
        release_of(product, version)

    def seen(query: str) -> list[str]:
        page = visit.get(PAGE + query).content.decode()
        return [version for version in ("2.10.0", "2.9.0", "1.0.0") if f"v{version}<" in page]

    assert seen("") == seen("?versions=latest") == seen("?versions=nonsense") == ["2.10.0"]
    assert seen("?versions=earlier") == ["2.9.0", "1.0.0"]
    assert seen("?versions=all") == ["2.10.0", "2.9.0", "1.0.0"]


@pytest.mark.spec("CLP-41")
def test_a_beta_does_not_hide_the_stable_version(visit: Client, product: Product, release_of: ReleaseOf) -> None:
    for version, channel in (("2.11.0", "beta"), ("2.10.9", "beta"), ("2.10.0", "stable"), ("2.9.1", "hotfix")):
        release_of(product, version, channel=channel)

    def seen(query: str) -> list[str]:
        return re.findall(r">v([\d.]+)<", visit.get(PAGE + query).content.decode())

    assert seen("") == ["2.11.0", "2.10.0"]
    assert seen("?versions=earlier") == ["2.10.9", "2.9.1"]


@pytest.mark.spec("CLP-43")
def test_without_a_release_the_page_says_so(visit: Client) -> None:
    page = visit.get(PAGE).content.decode()
    assert "No downloads available" in page
    assert 'href="/customer/licenses"' in page


@pytest.mark.spec("CLP-42", "DLD-31", "DLD-34")
def test_a_file_is_fetched_by_a_link_and_counted_once(
    visit: Client, john: Customer, product: Product, release_of: ReleaseOf, full_license: License
) -> None:
    file = release_of(product).files.get()
    url = _link(visit, file)
    answer = visit.get(url)
    assert (answer.status_code, _bytes(answer)) == (200, CONTENT)
    assert answer["Content-Disposition"] == 'attachment; filename="setup.exe"'
    again = visit.get(url, headers={"Range": "bytes=1000-", "If-Range": answer["ETag"]})
    assert (again.status_code, _bytes(again)) == (206, CONTENT[1000:])
    assert visit.head(url)["Content-Length"] == str(len(CONTENT))
    assert visit.get(url, headers={"Range": "bytes=99999-"}).status_code == 416
    assert Release.objects.get().downloads == 1
    event = AuditEvent.objects.get(action="customer.downloaded")
    assert (event.actor_kind, event.customer_uuid, event.license_uuid) == ("customer", john.uuid, full_license.uuid)
    assert audit.personal_data(event)["ip"] == "127.0.0.1"


@pytest.mark.spec("DLD-13", "DLD-31", "SET-41")
def test_a_file_in_a_bucket_comes_through_the_portal(
    visit: Client, product: Product, release_of: ReleaseOf, bucket: Any, s3_url: str
) -> None:
    choose(s3_url)
    # For what anybody may see, and for nothing else.
    preferences.set_value("storage.public_url", s3_url)
    file = release_of(product).files.get()
    assert [one.key for one in bucket.objects.all()] == [file.key]
    url = _link(visit, file)
    assert url.startswith(PAGE)
    answer = visit.get(url)
    assert (answer.status_code, _bytes(answer)) == (200, CONTENT)
    part = visit.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, _bytes(part)) == (206, CONTENT[10:20])


@pytest.mark.spec("CLP-42", "DLD-31")
def test_a_link_expires_with_a_way_on(visit: Client, product: Product, release_of: ReleaseOf) -> None:
    file = release_of(product).files.get()
    url = _link(visit, file)
    with clock.fixed(clock.now() + timedelta(minutes=15, seconds=2)):
        late = visit.get(url)
        assert late.status_code == 410
        assert "reload the page and try again" in late.content.decode()
        assert visit.get(_link(visit, file)).status_code == 200


@pytest.mark.spec("CLP-42")
def test_another_session_another_file_and_an_altered_link_are_refused(
    visit: Client, visit_of: VisitOf, john: Customer, product: Product, release_of: ReleaseOf
) -> None:
    file, other = release_of(product, names=["a.zip", "b.zip"]).files.all()
    url = _link(visit, file)
    elsewhere = visit_of(john).get(url)
    assert elsewhere.status_code == 403, "his own, but another session"
    assert "Go to Downloads and try again" in elsewhere.content.decode()
    assert 'href="/customer/downloads">Go to Downloads</a>' in elsewhere.content.decode()
    assert "Keyturn" not in elsewhere.content.decode(), "customers know the vendor alone"
    assert visit.get(url.replace(str(file.uuid), str(other.uuid))).status_code == 403
    assert visit.get(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 403
    assert visit.get(url.partition("?")[0]).status_code == 403
    assert Release.objects.get().downloads == 0


@pytest.mark.spec("CLP-42", "DLD-34")
def test_every_request_asks_again_whether_he_may(
    visit: Client, owner: Actor, product: Product, release_of: ReleaseOf, full_license: License
) -> None:
    file = release_of(product).files.get()
    url = _link(visit, file)
    licenses.suspend(owner, full_license, reason="x")
    for answer in (visit.get(url), visit.post(f"{PAGE}/{file.uuid}")):
        assert answer.status_code == 403
        assert "Access denied" in answer.content.decode()
    assert Release.objects.get().downloads == 0


@pytest.mark.spec("CLP-42", "DLD-32")
def test_a_version_that_is_not_covered_says_why(visit: Client, product: Product, release_of: ReleaseOf) -> None:
    file = release_of(product, assigned_after=date(2099, 5, 1)).files.get()
    assert "v2.4.0" not in visit.get(PAGE).content.decode()
    answer = visit.post(f"{PAGE}/{file.uuid}")
    assert answer.status_code == 403
    assert "licenses bought from May 1, 2099 on" in answer.content.decode()


@pytest.mark.spec("DLD-16", "DLD-20", "CLP-42")
def test_what_was_taken_back_deleted_or_lost_is_not_found(
    visit: Client, owner: Actor, product: Product, release_of: ReleaseOf
) -> None:
    draft, gone, lost = (release_of(product, version) for version in ("1.0.0", "2.0.0", "3.0.0"))
    files = [one.files.get() for one in (draft, gone, lost)]
    urls = [_link(visit, file) for file in files]
    services.set_status(owner, draft, "draft")
    services.delete(owner, gone)
    storage.place("local").delete(files[2].key)
    for file, url in zip(files, urls, strict=True):
        assert visit.get(url).status_code == 404
        assert visit.post(f"{PAGE}/{file.uuid}").status_code == 404


@pytest.mark.spec("DLD-34", "CLP-42")
def test_the_timeline_tells_of_the_download(
    visit: Client, john: Customer, product: Product, release_of: ReleaseOf, owner: Actor
) -> None:
    file = release_of(product).files.get()
    _bytes(visit.get(_link(visit, file)))
    event = AuditEvent.objects.get(action="customer.downloaded")
    assert event.changes["file"] == "setup.exe"
    assert event in AuditEvent.objects.filter(customer_uuid=john.uuid)
