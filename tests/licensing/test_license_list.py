"""The lists of licenses and of activations; on either engine."""

from datetime import UTC, datetime, timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.access.scope import Environment
from keyturn.core import clock
from keyturn.core import search as searching
from keyturn.licensing.licenses import activations, devices, lists, services
from keyturn.licensing.licenses.lists import Filters
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from tests.conftest import ActorFor

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def stock(owner: Actor, product: Product) -> None:
    """Six licenses of two products and three customers, one made each day."""
    other = products.create(owner, name="Écran Studio")
    with clock.fixed(START):
        for number, (key, of, email, name, order) in enumerate(
            [
                ("PRO-AAAA-1111", product, "john@example.com", "John Smith", "WC-10001"),
                ("PRO-BBBB-2222", product, "john@example.com", "", ""),
                ("STU-CCCC-3333", other, "sarah@company.com", "Sarah Johnson", "100%_off"),
                ("STU-DDDD-4444", other, "", "", ""),
                ("PRO-EEEE-5555", product, "", "", "WC-10002"),
                ("PRO-FFFF-6666", product, "zoe@company.com", "Zoë", ""),
            ]
        ):
            with clock.fixed(START + timedelta(days=number)):
                services.add_keys(
                    owner,
                    of,
                    [key],
                    email=email,
                    name=name,
                    order_reference=order,
                    activation_limit=[3, 1, -1, 5, 1, 2][number],
                    validity_count=[30, None, 10, None, None, 365][number],
                )


def _keys(actor: Actor, search: str = "", filters: Filters = lists.NO_FILTERS, **how: object) -> list[str]:
    rows = lists.page(actor, search, filters, **how).rows  # type: ignore[arg-type]
    return [row.license_key[4:8] for row in rows]


@pytest.mark.spec("LIC-03")
@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("bbbb-2", "BBBB"),
        ("wc-1000", "EEEE AAAA"),
        ("JOHN@", "BBBB AAAA"),
        ("johns", "CCCC"),
        ("@company.com", "FFFF CCCC"),
        ("ÉCRAN", "DDDD CCCC"),
        ("é", "DDDD CCCC"),
        ("%_", "CCCC"),
        ("ff", "FFFF CCCC"),
        ("zoë", "FFFF"),
        ("\\", ""),
        ("nothing", ""),
    ],
)
def test_search_reaches_key_customer_product_and_order(owner: Actor, stock: None, term: str, found: str) -> None:
    assert _keys(owner, term) == found.split()


@pytest.mark.spec("LIC-01", "LIC-33")
def test_only_licenses_of_the_environment_are_listed(owner: Actor, actor_for: ActorFor, stock: None) -> None:
    elsewhere = actor_for("super_admin", Environment.STAGING)
    assert _keys(elsewhere) == _keys(elsewhere, "john") == _keys(elsewhere, "pro") == []
    assert lists.matching_ids(elsewhere, "john") == []
    assert len(_keys(owner)) == 6


@pytest.mark.spec("LIC-04")
def test_filters_combine_with_each_other_and_with_search(owner: Actor, product: Product, stock: None) -> None:
    john = Customer.objects.get(email="john@example.com")
    assert _keys(owner, filters=Filters(product=product.uuid)) == ["FFFF", "EEEE", "BBBB", "AAAA"]
    assert _keys(owner, filters=Filters(status="available")) == ["EEEE", "DDDD"]
    assert _keys(owner, filters=Filters(status="available", product=product.uuid)) == ["EEEE"]
    assert _keys(owner, "wc", Filters(status="assigned", product=product.uuid)) == ["AAAA"]
    assert _keys(owner, filters=Filters(customer=john.uuid)) == ["BBBB", "AAAA"]
    assert _keys(owner, "aaaa", Filters(customer=john.uuid, source="api")) == ["AAAA"]
    assert _keys(owner, filters=Filters(source="manual")) == []
    with clock.fixed(START + timedelta(days=1)):
        assert _keys(owner, filters=Filters.expiring(30)) == ["CCCC", "AAAA"]
        assert _keys(owner, filters=Filters.expiring(30, status="revoked")) == []
    day = (START + timedelta(days=30)).date()
    assert _keys(owner, filters=Filters(expires_from=day, expires_to=day)) == ["AAAA"]
    assert _keys(owner, filters=Filters(product=john.uuid)) == []


@pytest.mark.spec("LIC-05")
@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        ("created", "AAAA BBBB CCCC DDDD EEEE FFFF", "FFFF EEEE DDDD CCCC BBBB AAAA"),
        ("license_key", "AAAA BBBB EEEE FFFF CCCC DDDD", "DDDD CCCC FFFF EEEE BBBB AAAA"),
        ("product", "AAAA BBBB EEEE FFFF CCCC DDDD", "DDDD CCCC FFFF EEEE BBBB AAAA"),
        ("customer", "AAAA BBBB CCCC FFFF DDDD EEEE", "FFFF CCCC BBBB AAAA EEEE DDDD"),
        ("status", "DDDD EEEE AAAA BBBB CCCC FFFF", "FFFF CCCC BBBB AAAA EEEE DDDD"),
        ("limit", "BBBB EEEE FFFF AAAA DDDD CCCC", "CCCC DDDD AAAA FFFF EEEE BBBB"),
        ("expires", "CCCC AAAA FFFF BBBB DDDD EEEE", "FFFF AAAA CCCC EEEE DDDD BBBB"),
        ("nonsense", "FFFF EEEE DDDD CCCC BBBB AAAA", "FFFF EEEE DDDD CCCC BBBB AAAA"),
    ],
)
@pytest.mark.parametrize("walked", [False, True])
def test_orders(
    owner: Actor, stock: None, sort: str, up: str, down: str, walked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if walked:
        monkeypatch.setattr(searching.paging, "_many", lambda listing: True)
    assert _keys(owner, sort=sort, direction="asc", per_page=6) == up.split()
    assert _keys(owner, sort=sort, direction="desc", per_page=6) == down.split()
    assert _keys(owner, "@", sort=sort, direction="asc", per_page=4) == [
        key for key in up.split() if key not in ("DDDD", "EEEE")
    ]


@pytest.mark.spec("LIC-05")
@pytest.mark.parametrize("sort", lists.SORTS)
@pytest.mark.parametrize("walked", [False, True])
def test_pages_neither_repeat_nor_lose_a_row(
    owner: Actor, product: Product, sort: str, walked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.fixed(START):
        services.add_keys(owner, product, [f"KEY-{number:03}" for number in range(20)], email="a@x.org")
        services.add_keys(owner, product, [f"KEY-{number:03}" for number in range(20, 30)])
    if walked:
        monkeypatch.setattr(searching.paging, "_many", lambda listing: True)
        monkeypatch.setattr(searching.paging, "CAP", 30)
    for search in ("", "key"):
        shown = [
            row.license_key
            for number in (1, 2, 3, 4, 5)
            for row in lists.page(owner, search, sort=sort, direction="asc", number=number, per_page=6).rows
        ]
        assert sorted(shown) == [f"KEY-{number:03}" for number in range(30)]


@pytest.mark.spec("LIC-08")
def test_ids_of_all_matching(owner: Actor, stock: None) -> None:
    ids = lists.matching_ids(owner, "@company.com", Filters(status="assigned"))
    assert set(License.objects.filter(pk__in=ids).values_list("license_key", flat=True)) == {
        "STU-CCCC-3333",
        "PRO-FFFF-6666",
    }


@pytest.mark.spec("LIC-09")
@pytest.mark.parametrize("walked", [False, True])
def test_streaming_gives_every_match_once(
    owner: Actor, stock: None, walked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if walked:
        monkeypatch.setattr(searching.paging, "_many", lambda listing: True)
    found = [row.license_key[4:8] for row in lists.stream(owner, "@", Filters(status="assigned"))]
    assert found == ["AAAA", "BBBB", "CCCC", "FFFF"]


def test_search_follows_a_new_name_a_transfer_and_removal(owner: Actor, stock: None) -> None:
    john = Customer.objects.get(email="john@example.com")
    customers.rename(owner, john, "Juan Herrero")
    assert _keys(owner, "herrero") == ["BBBB", "AAAA"]
    services.transfer(owner, License.objects.get(license_key="PRO-AAAA-1111"), "sarah@company.com")
    assert _keys(owner, "herrero") == ["BBBB"]
    services.delete_many(owner, [License.objects.get(license_key="PRO-BBBB-2222")])
    assert _keys(owner, "herrero") == _keys(owner, "bbbb") == []


@pytest.mark.spec("CUS-01")
def test_license_counts_of_customers(owner: Actor, stock: None) -> None:
    people = list(Customer.objects.order_by("email"))
    License.objects.filter(customer__email="zoe@company.com").delete()
    assert lists.counts_by_customer(people) == {people[0].pk: 2, people[1].pk: 1, people[2].pk: 0}


@pytest.mark.spec("LIC-04")
def test_every_state_can_be_filtered(owner: Actor, license_in) -> None:  # type: ignore[no-untyped-def]
    made = {status: license_in(status) for status in Status}
    for status, license in made.items():
        assert [row.pk for row in lists.page(owner, filters=Filters(status=status)).rows] == [license.pk]


@pytest.fixture
def used(owner: Actor, stock: None) -> None:
    """Four devices, one ended."""
    for number, (key, device, ip) in enumerate(
        [
            ("PRO-AAAA-1111", "DESKTOP-4K7QX", "192.168.10.4"),
            ("PRO-AAAA-1111", "shop.example.org", "192.168.9.77"),
            ("STU-CCCC-3333", "LAPTOP_100%", "10.0.0.1"),
            ("PRO-FFFF-6666", "MAC-7", ""),
        ]
    ):
        with clock.fixed(START + timedelta(days=6, minutes=number)):
            license = License.objects.get(license_key=key)
            _, device_row = activations.activate(owner, license, identifier=device, kind="hardware", ip=ip)
            if device == "MAC-7" and device_row:
                activations.end(owner, device_row)


def _devices(actor: Actor, search: str = "", filters: devices.Filters = devices.NO_FILTERS, **how: object) -> list[str]:
    return [row.identifier[:4] for row in devices.page(actor, search, filters, **how).rows]  # type: ignore[arg-type]


@pytest.mark.spec("ACT-06")
@pytest.mark.parametrize(
    ("term", "found"),
    [("192.168", "shop DESK"), ("pro-aaaa", "shop DESK"), ("4k7", "DESK"), ("_100%", "LAPT"), ("7", "MAC- shop DESK")],
)
def test_activation_search(owner: Actor, used: None, term: str, found: str) -> None:
    assert _devices(owner, term) == found.split()


@pytest.mark.spec("ACT-07", "ACT-08")
def test_activation_filters_and_orders(owner: Actor, product: Product, used: None) -> None:
    john = Customer.objects.get(email="john@example.com")
    license = License.objects.get(license_key="STU-CCCC-3333")
    assert _devices(owner) == ["MAC-", "LAPT", "shop", "DESK"]
    assert _devices(owner, filters=devices.Filters(status="inactive")) == ["MAC-"]
    assert _devices(owner, filters=devices.Filters(product=product.uuid)) == ["MAC-", "shop", "DESK"]
    assert _devices(owner, filters=devices.Filters(customer=john.uuid)) == ["shop", "DESK"]
    assert _devices(owner, filters=devices.Filters(license=license.uuid)) == ["LAPT"]
    assert _devices(owner, sort="ip", direction="asc") == ["LAPT", "shop", "DESK", "MAC-"]
    assert _devices(owner, sort="ip", direction="desc") == ["DESK", "shop", "LAPT", "MAC-"]
    assert _devices(owner, sort="status", direction="asc") == ["DESK", "shop", "LAPT", "MAC-"]
    for sort in devices.SORTS:
        assert len(_devices(owner, sort=sort)) == 4
