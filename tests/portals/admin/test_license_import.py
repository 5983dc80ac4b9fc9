"""The pages that import licenses, as the browser gets them."""

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.operations.imports import services
from keyturn.operations.imports.models import Import
from tests.jobs import Work
from tests.licensing.conftest import generator, product
from tests.portals.conftest import ClientOf

__all__ = ["generator", "product"]
pytestmark = pytest.mark.django_db


def _send(client: Client, text: str, **values: str) -> HttpResponse:
    file = SimpleUploadedFile("keys.csv", text.encode(), "text/csv")
    return client.post("/admin/licenses/import", {"file": file, **values})  # type: ignore[return-value]


def _words(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.content.decode()))


def test_from_the_file_to_the_licenses(super_admin: Client, product: Product, work: Work) -> None:
    answer = _send(
        super_admin, "license_key,product,email\nA-1,Pro App,jane@example.com\nA-2,Nope,\nA-1,Pro App,\n=B,Nope,\n"
    )
    assert answer.status_code == 302
    url = answer["Location"]
    words = _words(super_admin.get(url))
    for text in ("To be imported 1", "Duplicates 1", "Faulty 2", "New customers 1", "Import 1 license"):
        assert text in words
    assert "There is no product “Nope” in Production." in words
    assert not License.objects.exists()
    faulty = super_admin.get(f"{url}/faulty.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(faulty.streaming_content).decode("utf-8-sig"))))
    assert [row["line"] for row in rows] == ["3", "4", "5"]
    assert [row["license_key"] for row in rows] == ["A-2", "A-1", "'=B"]
    assert super_admin.post(f"{url}/start").status_code == 302
    assert "waiting for the worker" in _words(super_admin.get(url))
    work()
    words = _words(super_admin.get(url, headers={"HX-Request": "true", "HX-Target": "import-state"}))
    assert "1 license imported." in words
    assert License.objects.get().license_key == "A-1"
    assert "keys.csv" in _words(super_admin.get("/admin/licenses/import"))


def test_a_large_file_is_checked_in_the_background(
    super_admin: Client, product: Product, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 1)
    url = _send(super_admin, "license_key\nA-1\nA-2\n", product=str(product.uuid))["Location"]
    assert "Checking the file" in _words(super_admin.get(url))
    assert 'hx-trigger="load delay:1s"' in super_admin.get(url).content.decode()
    work()
    answer = super_admin.get(url)
    assert "To be imported 2" in _words(answer)
    assert "hx-trigger" not in answer.content.decode().partition('id="import-state"')[2].partition(">")[0]


def test_what_is_refused_is_said_at_the_file(super_admin: Client, generator: Generator) -> None:
    for text, words in (("", "empty"), ("foo,bar\n1,2\n", "names of the columns")):
        answer = _send(super_admin, text)
        assert answer.status_code == 422
        assert words in _words(answer)
    assert super_admin.post("/admin/licenses/import").status_code == 422
    assert not Import.objects.exists()


def test_a_file_that_is_not_wanted_is_discarded(super_admin: Client, product: Product) -> None:
    url = _send(super_admin, "license_key,product\nA-1,Pro App\n")["Location"]
    assert super_admin.post(f"{url}/discard").status_code == 302
    assert not Import.objects.exists()
    assert super_admin.get(url).status_code == 404


def test_the_same_file_again_is_noticed(super_admin: Client, product: Product, work: Work) -> None:
    for _ in range(2):
        url = _send(super_admin, "license_key,product\nA-1,Pro App\n,\n")["Location"]
        words = _words(super_admin.get(url))
        super_admin.post(f"{url}/start")
        work()
    assert "No row can be imported" in words


def test_the_example_is_importable(super_admin: Client, product: Product) -> None:
    text = super_admin.get("/admin/licenses/import/example.csv").content.decode()
    assert "To be imported 2" in _words(super_admin.get(_send(super_admin, text)["Location"]))


def test_other_environments_and_roles_see_nothing(super_admin: Client, client_of: ClientOf, product: Product) -> None:
    url = _send(super_admin, "license_key,product\nA-1,Pro App\n")["Location"]
    super_admin.post("/admin/environment", {"environment": "staging"})
    assert super_admin.get(url).status_code == 404
    for role in ("operator", "viewer"):
        assert client_of(role).get(url).status_code == 403
        assert "/admin/licenses/import" not in client_of(role).get("/admin/licenses").content.decode()
