"""The list of license generators, their forms, and the dialog that makes licenses."""

import json
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.licensing.generators import services
from keyturn.licensing.generators.models import READABLE, Generator
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.models import Job
from tests.jobs import Work, work
from tests.licensing.conftest import generator, product
from tests.portals.conftest import ClientOf

__all__ = ["generator", "product", "work"]
pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
MANAGERS = {Role.SUPER_ADMIN, Role.ADMIN}
LIMITS = {
    "name": "Pro, one year",
    "status": "active",
    "description": "",
    "activation_limit": "3",
    "validity_count": "1",
    "validity_unit": "years",
    "features": '{"export": true}',
    "metadata": "{}",
}
CHUNK = {
    "type": "chunk",
    "prefix": "PRO-",
    "suffix": "",
    "length": "16",
    "segment_length": "4",
    "separator": "-",
    "charset": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "look_alikes": "on",
}


def _names(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/admin/generators{query}")
    assert answer.status_code == 200
    return re.findall(r'class="row-link font-semibold"[^>]*><span[^>]*>([^<]+)<', answer.content.decode())


@pytest.mark.spec("GEN-01", "GEN-02")
def test_columns(super_admin: Client, generator: Generator) -> None:
    page = super_admin.get("/admin/generators").content.decode()
    heads = [re.sub("<[^>]+>", "", head).strip() for head in re.findall(r"<th .*?</th>", page, re.S)]
    assert heads == ["Name", "Type", "Product", "Generated", "Status", "Created", "Actions"]
    for text in ("Pro, one year", ">Chunks<", "Pro App", ">0<", "Active"):
        assert text in page


@pytest.mark.spec("GEN-03", "GEN-04", "GEN-05")
def test_search_filters_and_orders(super_admin: Client, owner: Actor, product: Product) -> None:
    other = products.create(owner, name="Backup Agent")
    one = services.create(owner, product=product, name="Yearly", description="for resellers")
    services.create(owner, product=other, name="Lifetime", validity_count=None, status="inactive")
    Generator.objects.filter(pk=one.pk).update(generated=7)
    cases = {
        "?search=YEAR": ["Yearly"],
        "?search=resell": ["Yearly"],
        "?search=backup": ["Lifetime"],
        f"?product={other.uuid}": ["Lifetime"],
        f"?product={other.uuid}&status=active": [],
        "?status=inactive&search=life": ["Lifetime"],
        "?sort=name": ["Lifetime", "Yearly"],
        "?sort=product": ["Lifetime", "Yearly"],
        "?sort=generated&direction=desc": ["Yearly", "Lifetime"],
        "?sort=status": ["Yearly", "Lifetime"],
        "?sort=created": ["Yearly", "Lifetime"],
    }
    for query, wanted in cases.items():
        assert _names(super_admin, query) == wanted, query


@pytest.mark.spec("GEN-10", "GEN-12")
def test_creating_chunks(super_admin: Client, product: Product) -> None:
    assert super_admin.get("/admin/generators/create").status_code == 200
    answer = super_admin.post("/admin/generators/create", {**LIMITS, **CHUNK, "product": str(product.uuid)})
    assert answer.status_code == 302, answer.content.decode()
    made = Generator.objects.get()
    assert (made.name, made.product, made.type, made.prefix, made.charset) == (
        *("Pro, one year", product, "chunk", "PRO-"),
        READABLE,
    )
    assert (made.activation_limit, made.validity_count, made.validity_unit) == (3, 1, "years")
    assert made.features == {"export": True}


@pytest.mark.spec("GEN-11", "GEN-13")
@pytest.mark.parametrize(("kind", "more"), [("uuid", {}), ("custom", {"function_name": "hex-32"})])
def test_creating_other_types(super_admin: Client, product: Product, kind: str, more: dict[str, str]) -> None:
    fields = {**LIMITS, "type": kind, "prefix": "A-", "suffix": "", "validity_count": "", **more}
    assert super_admin.post("/admin/generators/create", {**fields, "product": str(product.uuid)}).status_code == 302
    made = Generator.objects.get()
    assert (made.type, made.prefix, made.validity_count) == (kind, "A-", None)
    assert made.function_name == more.get("function_name", "")


@pytest.mark.spec("GEN-16")
def test_bad_input_is_kept_and_named(super_admin: Client, owner: Actor, product: Product) -> None:
    asleep = products.create(owner, name="Asleep", status="inactive")
    bad = {**LIMITS, **CHUNK, "product": str(asleep.uuid), "activation_limit": "5000", "length": "", "features": "{"}
    answer = super_admin.post("/admin/generators/create", bad)
    page = answer.content.decode()
    assert answer.status_code == 422
    for text in ("active product", "1 to 1,000", "not valid JSON", "4 entries", 'value="5000"'):
        assert text in page
    uneven = {**LIMITS, **CHUNK, "product": str(product.uuid), "segment_length": "5"}
    assert "divides the length" in super_admin.post("/admin/generators/create", uneven).content.decode()
    assert not Generator.objects.exists()


@pytest.mark.spec("GEN-12")
def test_the_sample_key_follows_the_form(super_admin: Client) -> None:
    def sample(**changes: str) -> str:
        return super_admin.get("/admin/generators/sample", {**CHUNK, **changes}).content.decode()

    shape = re.search(r">(PRO(?:-[A-Z2-9]{4}){4})<", sample())
    assert shape
    assert not set("0O1I5S") & set(shape[1][4:])
    assert sample() != sample()
    assert "can be guessed" in sample(length="8")
    assert "can be guessed" not in sample()
    assert "divides the length" in sample(segment_length="5")
    assert "once the format is complete" in sample(length="x")
    assert re.search(r">PRO-[0-9a-f]{8}-[0-9a-f]{4}-4", sample(type="uuid"))


@pytest.mark.spec("GEN-10")
def test_fields_follow_the_type(super_admin: Client) -> None:
    shown = {
        kind: super_admin.get("/admin/generators/format", {"type": kind, "prefix": "KEEP-"}).content.decode()
        for kind in ("uuid", "chunk", "custom")
    }
    assert all('value="KEEP-"' in page for page in shown.values())
    assert [name for name, page in shown.items() if 'name="segment_length"' in page] == ["chunk"]
    assert [name for name, page in shown.items() if 'name="function_name"' in page] == ["custom"]


@pytest.mark.spec("GEN-14", "GEN-15")
def test_editing(super_admin: Client, generator: Generator) -> None:
    url = f"/admin/generators/{generator.uuid}"
    page = super_admin.get(url).content.decode()
    assert 'name="product"' not in page
    assert 'name="prefix"' not in page
    fields = {**LIMITS, "name": "Pro, ten devices", "activation_limit": "10", "version": generator.version}
    assert super_admin.post(url, {**fields, "prefix": "HACK-", "type": "uuid"}).status_code == 302
    version = generator.version
    generator.refresh_from_db()
    assert (generator.name, generator.activation_limit, generator.prefix) == ("Pro, ten devices", 10, "PRO-")
    late = super_admin.post(url, {**fields, "name": "Mine", "version": version})
    assert (late.status_code, "changed meanwhile" in late.content.decode()) == (422, True)


@pytest.mark.spec("GEN-20")
def test_the_dialog_names_what_it_makes(super_admin: Client, generator: Generator) -> None:
    url = f"/admin/generators/{generator.uuid}/generate"
    pages = [super_admin.get(url).content.decode() for _ in range(2)]
    samples = [re.search(r"PRO(?:-[A-Z2-9]{4}){4}", page) for page in pages]
    assert samples[0] and samples[1]  # noqa: PT018
    assert samples[0][0] != samples[1][0]
    assert "Generate 10 licenses" in pages[0]
    assert not License.objects.exists()
    for typed, button, problem in (
        ("1", "Generate 1 license", ""),
        ("250", "Generate 250 licenses", ""),
        ("1,000", "Generate 1000 licenses", ""),
        ("0", "Generate licenses", "from 1 to 1,000"),
        ("1001", "Generate licenses", "from 1 to 1,000"),
        ("ten", "Generate licenses", "from 1 to 1,000"),
        ("²", "Generate licenses", "from 1 to 1,000"),
    ):
        foot = super_admin.get(f"{url}/check", {"quantity": typed}).content.decode()
        assert (f">{button}<" in foot, problem in foot) == (True, True)
        assert ("disabled" in foot) == bool(problem)


@pytest.mark.spec("GEN-22", "GEN-23")
def test_up_to_a_hundred_at_once(super_admin: Client, generator: Generator) -> None:
    answer = super_admin.post(f"/admin/generators/{generator.uuid}/generate", {"quantity": "100"}, headers=HTMX)
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert (answer.status_code, toast["text"]) == (204, "100 licenses generated")
    page = super_admin.get(toast["href"]).content.decode()
    assert 'of <span class="text-foreground tabular-nums">100<' in page
    generator.refresh_from_db()
    assert generator.generated == 100


@pytest.mark.spec("GEN-22")
def test_more_is_a_job_that_is_watched(super_admin: Client, generator: Generator, work: Work) -> None:
    url = f"/admin/generators/{generator.uuid}"
    answer = super_admin.post(f"{url}/generate", {"quantity": "101"}, headers=HTMX)
    assert (answer.status_code, License.objects.count()) == (200, 0)
    batch = f"{url}/batches/{Job.objects.get(kind='licenses.generate_batch').uuid}"
    assert batch in answer.content.decode()
    assert "Waiting for the worker" in super_admin.get(batch).content.decode()
    work()
    done = super_admin.get(batch)
    assert "101 licenses generated" in done.content.decode()
    assert "load delay" not in done.content.decode()
    assert "listChanged" in done["HX-Trigger"]
    assert License.objects.filter(status="available").count() == 101


@pytest.mark.spec("GEN-22", "GEN-26")
def test_the_keys_of_a_batch_are_a_file(
    super_admin: Client, generator: Generator, product: Product, owner: Actor, work: Work, client_of: ClientOf
) -> None:
    other = services.create(owner, product=product, name="Another")
    jobs = [licenses.generate_later(owner, one, 1000) for one in (generator, generator, other)]
    licenses.generate(owner, generator, 3)
    work()
    url = f"/admin/generators/{generator.uuid}/batches/{jobs[0]}"
    assert f'href="{url}/licenses.csv"' in super_admin.get(url).content.decode()
    answer = super_admin.get(f"{url}/licenses.csv")
    head, *rows = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert head == "License Key,License UUID,Product,Activation Limit,Created"
    keys = {row.split(",")[0] for row in rows}
    assert len(rows) == len(keys) == 1000
    assert set(License.objects.filter(license_key__in=keys).values_list("generator", flat=True)) == {generator.pk}
    second = super_admin.get(f"/admin/generators/{generator.uuid}/batches/{jobs[1]}/licenses.csv")
    others = b"".join(second.streaming_content).decode().splitlines()[1:]  # type: ignore[attr-defined]
    assert len(others) == 1000
    assert not keys & {row.split(",")[0] for row in others}
    foreign = super_admin.get(f"/admin/generators/{generator.uuid}/batches/{jobs[2]}/licenses.csv")
    assert len(b"".join(foreign.streaming_content).splitlines()) == 1  # type: ignore[attr-defined]
    assert client_of(Role.OPERATOR).get(f"{url}/licenses.csv").status_code == 403
    assert AuditEvent.objects.filter(action="list.exported", changes__licenses=1000).exists()


@pytest.mark.spec("GEN-21")
def test_refused_numbers_and_inactive_generators(super_admin: Client, owner: Actor, generator: Generator) -> None:
    url = f"/admin/generators/{generator.uuid}/generate"
    for typed in ("0", "1001", "-1", "", "1e3"):
        answer = super_admin.post(url, {"quantity": typed}, headers=HTMX)
        assert (answer.status_code, "from 1 to 1,000" in answer.content.decode()) == (422, True)
    services.update(owner, generator, version=generator.version, status="inactive")
    assert "inactive" in super_admin.get(url).content.decode()
    answer = super_admin.post(url, {"quantity": "5"}, headers=HTMX)
    assert (answer.status_code, "inactive" in answer.content.decode()) == (422, True)
    assert not License.objects.exists()


@pytest.mark.spec("GEN-30")
def test_deleting_keeps_the_licenses(super_admin: Client, generator: Generator) -> None:
    url = f"/admin/generators/{generator.uuid}"
    super_admin.post(f"{url}/generate", {"quantity": "2"}, headers=HTMX)
    assert "Its 2 licenses stay valid" in super_admin.get(f"{url}/delete").content.decode()
    assert super_admin.post(f"{url}/delete", headers=HTMX).status_code == 204
    assert not Generator.objects.exists()
    assert set(License.objects.values_list("generator_name", "generator")) == {("Pro, one year", None)}


@pytest.mark.spec("GEN-42")
@pytest.mark.parametrize("role", Role.values)
def test_who_may(client_of: ClientOf, generator: Generator, role: str) -> None:
    client, may = client_of(role), role in MANAGERS
    page, url = client.get("/admin/generators").content.decode(), f"/admin/generators/{generator.uuid}"
    for control in ("Create Generator", f"{url}/generate", f"{url}/delete", f'href="{url}"'):
        assert (control in page) == may
    for path in ("", "/generate", "/delete", "/generate/check"):
        assert client.get(f"{url}{path}").status_code == (200 if may else 403)
    assert client.post(f"{url}/generate", {"quantity": "1"}, headers=HTMX).status_code == (204 if may else 403)
    assert License.objects.count() == may


def test_queries(
    super_admin: Client, owner: Actor, product: Product, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        services.create(owner, product=product, name=f"Generator {number}")
    with django_assert_max_num_queries(8):
        super_admin.get("/admin/generators")


@pytest.mark.spec("ADM-09")
@pytest.mark.parametrize("role", Role.values)
def test_everybody_takes_products_and_generators_along(client_of: ClientOf, generator: Generator, role: str) -> None:
    client = client_of(role)
    for place, first, more in (("products", "Pro App", "rsa-sha256"), ("generators", "Pro, one year", "Pro App")):
        assert f"/admin/{place}/export" in client.get(f"/admin/{place}").content.decode()
        answer = client.get(f"/admin/{place}/export?format=csv&search=pro")
        head, row, *rest = b"".join(answer).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]
        assert head.startswith("Name,")
        assert first in row
        assert more in row
        assert not rest
    assert AuditEvent.objects.filter(action="list.exported").count() == 2
