"""Taking licenses over from files: what is read, what is refused, what comes of it."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.core.errors import Invalid, NotPermitted, Refused
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.operations.imports import passes, services, tasks
from keyturn.operations.imports.models import Block, Fault, Import
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.mail.models import Message
from tests.conftest import ActorFor
from tests.jobs import Work
from tests.licensing.conftest import generator, product

__all__ = ["generator", "product"]
pytestmark = pytest.mark.django_db


def _upload(actor: Actor, text: str | bytes, **options: Any) -> Import:
    raw = text.encode() if isinstance(text, str) else text
    return services.upload(actor, io.BytesIO(raw), "keys.csv", **options)


def _checked(actor: Actor, text: str | bytes, **options: Any) -> Import:
    of = _upload(actor, text, **options)
    passes.check(of)
    return of


def _imported(actor: Actor, text: str | bytes, **options: Any) -> Import:
    of = _checked(actor, text, **options)
    services.begin(of)
    passes.carry_out(actor, of)
    return of


def _reason(actor: Actor, row: str, head: str = "license_key,product_uuid", **options: Any) -> str:
    of = _checked(actor, f"{head}\n{row}\n", **options)
    assert (of.good, of.rows) == (0, 1)
    return Fault.objects.get(of=of).reason


@pytest.mark.spec("CUS-20", "LIC-30")
def test_each_row_becomes_a_license(owner: Actor, product: Product, generator: Generator) -> None:
    head = (
        "license_key,product_uuid,generator_uuid,customer_email,customer_name,"
        "activation_limit,expires_at,order_reference"
    )
    of = _imported(
        owner,
        f"{head}\n"
        f"OLD-1,{product.uuid},,Jane@Example.com,Jane Doe,5,2031-05-01,#1\n"
        f"OLD-2,{product.uuid},,jane@example.com,,,never,#2\n"
        f",{product.uuid},{generator.uuid},,,,,#3\n"
        f"OLD-4,Pro App,,,,unlimited,,#4\n",
    )
    assert (of.status, of.good, of.faulty, of.duplicates, of.new_customers) == ("done", 4, 0, 0, 1)
    one, two, drawn, four = License.objects.order_by("order_reference")
    assert (one.license_key, one.status, one.activation_limit, one.source) == ("OLD-1", "assigned", 5, "import")
    assert one.expires_at == datetime(2031, 5, 1, 23, 59, 59, tzinfo=UTC)
    assert one.customer is not None
    assert (one.customer.email, one.customer.name, one.customer.email_verified_at) == (
        "jane@example.com",
        "Jane Doe",
        None,
    )
    assert (two.customer, two.expires_at) == (one.customer, None)
    assert drawn.license_key.startswith("PRO-")
    assert (drawn.status, drawn.activation_limit) == ("available", 3)
    assert four.activation_limit == -1
    generator.refresh_from_db()
    assert generator.generated == 1
    actions = list(AuditEvent.objects.values_list("action", flat=True))
    assert [actions.count(f"license.{what}") for what in ("created", "assigned", "imported")] == [4, 2, 1]
    assert actions.count("customer.created") == 1
    event = AuditEvent.objects.get(action="license.imported")
    assert event.changes == {"rows": 4, "made": 4, "duplicates": 0, "faulty": 0, "new_customers": 1}
    assert "OLD-1" not in json.dumps(list(AuditEvent.objects.values_list("changes", flat=True)))
    assert not Block.objects.exists()


def test_the_dry_run_changes_nothing_and_foresees_all(owner: Actor, product: Product) -> None:
    licenses.add_keys(owner, product, ["TAKEN"], email="jane@example.com")
    before = AuditEvent.objects.count()
    text = (
        "License Key;Product;Customer Email;Expiry Date;Comment\n"
        "A-1;Pro App;jane@example.com;2031-01-01;x\n"
        "A-2;Pro App;new@example.com;;\n"
        "A-2;Pro App;;;\n"
        "TAKEN;Pro App;;;\n"
        "A-5;Nothing;not an address;31.12.2030;\n"
        "\n"
        "A-8;Pro App;new@example.com;2020-01-01;\n"
    )
    of = _checked(owner, text)
    assert (of.rows, of.good, of.duplicates, of.faulty, of.new_customers) == (7 - 1, 2, 2, 2, 1)
    assert of.columns["expires_at"] == "Expiry Date"
    assert of.ignored == ["Comment"]
    faults = {fault.line: fault.reason for fault in Fault.objects.order_by("line")}
    assert list(faults) == [4, 5, 6, 8]
    assert faults[4] == "This key stands in line 3 already."
    assert faults[5] == "This license key exists already."
    for word in ("no product “Nothing” in Production", "customer_email: Enter a valid", "“31.12.2030” is no date"):
        assert word in faults[6]
    assert "past" in faults[8]
    assert License.objects.count() == 1
    assert Customer.objects.count() == 1
    assert AuditEvent.objects.count() == before
    services.begin(of)
    passes.carry_out(owner, of)
    assert (of.good, of.duplicates, of.faulty, of.new_customers) == (2, 2, 2, 1)
    assert set(License.objects.values_list("license_key", flat=True)) == {"TAKEN", "A-1", "A-2"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_encodings(owner: Actor, product: Product, delimiter: str, encoding: str) -> None:
    rows = [["Key", "Product", "Name", "E-Mail"], ["K-1", "Pro App", '"Müller, Zoë; ""Z|"""', "zoe@example.com"]]
    text = "\r\n".join(delimiter.join(cells) for cells in rows)
    of = _imported(owner, text.encode(encoding))
    assert (of.good, of.faulty) == (1, 0), [fault.reason for fault in of.faults.all()]
    assert Customer.objects.get().name == 'Müller, Zoë; "Z|"'


def test_json_lists(owner: Actor, product: Product) -> None:
    entries = [
        {"License Key": "J-1", "Product": "Pro App", "Feature Flags": {"export": True}, "Activation Limit": -1},
        {"license_key": "J-2", "product_uuid": str(product.uuid), "customer_email": None, "metadata": {"a": ["ü"]}},
        {"license_key": 5, "product_uuid": "Pro App", "expires_at": "2031-01-01T10:00:00+02:00"},
    ]
    of = _imported(owner, json.dumps(entries))
    assert (of.good, of.faulty) == (3, 0), [fault.reason for fault in of.faults.all()]
    rows = {row.license_key: row for row in License.objects.all()}
    assert rows["J-1"].features["export"] is True
    assert rows["J-1"].activation_limit == -1
    assert rows["J-2"].metadata == {"a": ["ü"]}
    assert rows["5"].expires_at == datetime(2031, 1, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"foo,bar\n1,2\n", "names of the columns"),
        (b"license_key,product\n", "holds no licenses"),
        (b"license_key,product\n\xff\xfe\xfa,x\n", "UTF-8"),
        ("license_key\nMüller\n".encode("latin-1"), "UTF-8"),
        (b"license_key\na\x00b\n", "UTF-8"),
        (b'license_key,name\nA,"' + b"x" * 200_000 + b'"\n', "Line 2 cannot be read"),
        (b"[]", "no licenses"),
        (b"[1]", "no JSON object"),
        (b'[{"license_key": "A"}, {"license_key": ', "Entry 2 is not valid JSON"),
        (b'{"license_key": "A"}', "not valid JSON"),
        (b'[{"foo": 1}]', "no members"),
    ],
)
def test_files_that_are_none(owner: Actor, raw: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        _upload(owner, raw)
    assert not Import.objects.exists()
    assert not Block.objects.exists()


def test_files_that_are_too_large(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ROWS_LIMIT", 600)
    with pytest.raises(Invalid, match="more than 600 rows"):
        _upload(owner, "license_key\n" + "A\n" * 601)
    monkeypatch.setattr(services, "BYTES_LIMIT", 1 << 20)
    with pytest.raises(Invalid, match="larger than 1 MB"):
        _upload(owner, "license_key\n" + "A" * (1 << 20))
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("head", "row", "words"),
    [
        ("license_key,product", "PRO-••••-••••-8WZC,Pro App", "masked"),
        ("license_key,product", ",Pro App", "license_key is empty"),
        ("license_key,product", "K,", "Name the product"),
        ("license_key,product", "K,Pro App,,extra", "4 cells"),
        ("license_key,product,status", "K,Pro App,happy", "no status"),
        ("license_key,product,status", "K,Pro App,suspended", "needs a customer_email"),
        ("license_key,product,status", "K,Pro App,expired", "needs its expires_at"),
        ("license_key,product,activation_limit", "K,Pro App,0", "activation_limit: Enter a whole number"),
        ("license_key,product,activation_limit", "K,Pro App,many", "activation_limit: Enter a whole number"),
        ("license_key,product,features", 'K,Pro App,"[1]"', "features: Enter a JSON object"),
        ("license_key,product,features", 'K,Pro App,"{"', "features is no JSON object"),
        ("license_key,product,generator", "K,Pro App,Nobody", "no generator “Nobody”"),
        ("license_key,product,name,email", f"K,Pro App,{'x' * 256},a@example.com", "more than 255 characters"),
        ("license_key,product,order", f"K,Pro App,{'x' * 192}", "order_reference: Enter at most 191"),
        ("license_key,product", f"{'K' * 256},Pro App", "1 to 255 characters"),
    ],
)
def test_rows_that_are_refused(owner: Actor, product: Product, head: str, row: str, words: str) -> None:
    assert words in _reason(owner, row, head)


def test_what_was_chosen_for_the_file_fills_gaps(owner: Actor, product: Product, generator: Generator) -> None:
    of = _imported(owner, "license_key\nOWN-1\n", product=product)
    assert (of.good, License.objects.get().activation_limit) == (1, 1)
    of = _imported(owner, "customer_email\njane@example.com\n", generator=generator)
    drawn = License.objects.get(source="import", generator=generator)
    assert (of.good, drawn.status, drawn.activation_limit) == (1, "assigned", 3)


def test_states_of_the_export_come_back(owner: Actor, product: Product) -> None:
    of = _imported(
        owner,
        "license_key,product,customer_email,status,expires_at\n"
        "S-1,Pro App,a@example.com,suspended,\n"
        "S-2,Pro App,a@example.com,Revoked,2020-01-01\n"
        "S-3,Pro App,a@example.com,expired,2020-01-01\n"
        "S-4,Pro App,a@example.com,active,\n"
        "S-5,Pro App,,available,\n",
    )
    assert of.good == 5
    states = dict(License.objects.values_list("license_key", "status"))
    assert list(dict(sorted(states.items())).values()) == ["suspended", "revoked", "expired", "assigned", "available"]


def test_only_who_may_create_may_import(viewer: Actor, actor_for: ActorFor, owner: Actor, product: Product) -> None:
    for role in (viewer, actor_for(Role.OPERATOR)):
        with pytest.raises(NotPermitted):
            _upload(role, "license_key\nA\n")
    of = _checked(owner, "license_key,product\nA,Pro App\n")
    for deed in (services.start, services.discard, services.check_later, services.resume):
        with pytest.raises(NotPermitted):
            deed(viewer, of)


def test_an_import_starts_once_and_is_then_not_discarded(owner: Actor, product: Product, work: Work) -> None:
    of = _upload(owner, "license_key,product\nA,Pro App\n")
    with pytest.raises(Refused):
        services.start(owner, of)
    services.check_later(owner, of)
    work()
    services.start(owner, of)
    for deed in (services.start, services.discard):
        with pytest.raises(Refused):
            deed(owner, of)
    # Queued a second time by a repair: still one license and one audit event.
    services.resume(owner, of)
    work()
    of.refresh_from_db()
    assert (of.status, of.good, License.objects.count()) == ("done", 1, 1)
    assert AuditEvent.objects.filter(action="license.imported").count() == 1
    assert services.twin(_checked(owner, "license_key,product\nA,Pro App\n")) == of


def test_another_environment_is_another_world(owner: Actor, actor_for: ActorFor, product: Product) -> None:
    staging = actor_for(Role.SUPER_ADMIN, "staging")
    assert "no product" in _reason(staging, f"K,{product.uuid}")


def test_files_are_forgotten(owner: Actor, product: Product, work: Work) -> None:
    _checked(owner, "license_key,product\nA,Pro App\n")
    _imported(owner, "license_key,product\nB,Pro App\n,\n")
    for days, left in ((1, 2), (3, 1), (31, 0)):
        with clock.fixed(clock.now() + timedelta(days=days)):
            enqueue(tasks.forget)
            work()
        assert Import.objects.count() == left
    assert License.objects.count() == 1


@pytest.mark.spec("CUS-20", "LIC-23")
@pytest.mark.parametrize("notify", [True, False])
def test_new_customers_are_invited_and_all_are_told_once(owner: Actor, product: Product, notify: bool) -> None:
    Product.objects.update(email_on_issue=True)
    text = (
        "license_key,product,email,status\n"
        "A-1,Pro App,jane@example.com,\nA-2,Pro App,jane@example.com,\nA-3,Pro App,zoe@example.com,revoked\n"
    )
    of = _imported(owner, text, notify=notify)
    assert of.good == 3
    jane = Customer.objects.get(email="jane@example.com").uuid
    wanted = [("customer-invitation", jane), ("license-issued", jane)]
    assert sorted(Message.objects.values_list("template", "customer")) == (wanted if notify else [])


def test_a_key_that_exists_makes_no_customer(owner: Actor, product: Product) -> None:
    licenses.add_keys(owner, product, ["TAKEN"])
    of = _upload(owner, "license_key,product,email\nTAKEN,Pro App,jane@example.com\n")
    Import.objects.update(status="checked")
    services.begin(of)
    passes.carry_out(owner, of)
    assert (of.duplicates, Customer.objects.count()) == (1, 0)
