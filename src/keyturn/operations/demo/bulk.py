"""Demo data by the hundred thousand: rows written straight into the tables, without audit events."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from keyturn.core.clock import now
from keyturn.core.search import rebuilt
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.search import ACTIVATIONS, LICENSES
from keyturn.licensing.licenses.status import DeviceStatus, Status
from keyturn.operations.demo import tables
from keyturn.operations.demo.people import People, uuid_at
from keyturn.people.customers.models import Customer
from keyturn.people.customers.search import CUSTOMERS
from keyturn.people.customers.sorting import folded

_STATES = {
    Status.AVAILABLE: 15,
    Status.ASSIGNED: 12,
    Status.ACTIVE: 50,
    Status.SUSPENDED: 4,
    Status.EXPIRED: 15,
    Status.REVOKED: 4,
}
_ALPHABET = "ABCDEFGHJKLMNPQRTUVWXYZ2346789"
_YEARS = timedelta(days=4 * 365)


def fill(customers: int, licenses: int, generators: Sequence[Generator], seed: int, out: tables.Out) -> None:
    """Add so many customers and licenses, spread over four years up to now."""
    people = tables.next_id(Customer)
    with rebuilt(CUSTOMERS, out):
        tables.insert(Customer, _customers(people, customers, seed), out)
    keys = tables.next_id(License)
    with rebuilt(LICENSES, out):
        tables.insert(License, _licenses(keys, licenses, range(people, people + customers), generators, seed), out)
    with rebuilt(ACTIVATIONS, out):
        tables.insert(Activation, _devices(keys, keys + licenses, tables.next_id(Activation), seed), out)
    tables.analyze(Customer, License, Activation)


def _customers(first: int, count: int, seed: int) -> Iterator[dict[str, Any]]:
    people, start = People(seed), now() - _YEARS
    pick = people.random
    for number in range(count):
        name, email = people.next(first + number)
        at = _moment(pick, start, number, count)
        verified = pick.random() < 0.7
        yield {
            "id": first + number,
            "uuid": uuid_at(pick, at),
            "name": name,
            "sort_name": folded(name),
            "email": email,
            "status": pick.choices(("active", "inactive", "suspended"), (95, 3, 2))[0],
            "joined_at": at,
            "email_verified_at": at + timedelta(hours=3) if verified else None,
            "last_login_at": at + (now() - at) * pick.random() if verified else None,
        }


def _licenses(
    first: int, count: int, owners: range, generators: Sequence[Generator], seed: int
) -> Iterator[dict[str, Any]]:
    pick, start, today = random.Random(seed + 1), now() - _YEARS, now()  # noqa: S311 - repeatable, not secret
    states, weights = list(_STATES), list(_STATES.values())
    for number in range(count):
        generator = pick.choice(generators)
        status = pick.choices(states, weights)[0]
        at = _moment(pick, start, number, count)
        owned = status != Status.AVAILABLE
        limit = pick.choice((1, 1, 1, 2, 3, 3, 5, 10, -1))
        used = status in (Status.ACTIVE, Status.EXPIRED, Status.SUSPENDED)
        yield {
            "id": first + number,
            "uuid": uuid_at(pick, at),
            "environment": generator.environment,
            "license_key": _key(pick, generator.prefix),
            "product_id": generator.product_id,
            "generator_id": generator.pk,
            "generator_name": generator.name,
            "customer_id": pick.choice(owners) if owned else None,
            "status": str(status),
            "prior_status": str(Status.ACTIVE) if status in (Status.EXPIRED, Status.SUSPENDED) else "",
            "status_source": "manual" if status == Status.SUSPENDED else "",
            "activation_limit": limit,
            # The devices are made from the same rule in _devices.
            "active_devices": int(status == Status.ACTIVE and (first + number) % 2 == 0),
            "expires_at": _expiry(pick, status, today),
            "assigned_at": at + timedelta(minutes=5) if owned else None,
            "activated_at": at + timedelta(hours=1) if used else None,
            "order_reference": f"WC-{100_000 + number}" if pick.random() < 0.6 else "",
            "source": pick.choices(("manual", "api", "import"), (60, 30, 10))[0],
            "created_at": at,
            "updated_at": at,
        }


def _devices(first: int, end: int, free: int, seed: int) -> Iterator[dict[str, Any]]:
    pick, today = random.Random(seed + 2), now()  # noqa: S311 - repeatable, not secret
    rows = License.objects.filter(pk__gte=first, pk__lt=end, active_devices=1).order_by("pk")
    for number, (key, environment, product, used) in enumerate(
        rows.values_list("pk", "environment", "product", "activated_at").iterator()
    ):
        at = used or today
        ip = ".".join(str(pick.randint(1, 250)) for _ in range(4))
        yield {
            "id": free + number,
            "uuid": uuid_at(pick, at),
            "license_id": key,
            "product_id": product,
            "environment": environment,
            "identifier": f"DESKTOP-{pick.getrandbits(35):07X}",
            "kind": "hardware",
            "status": str(DeviceStatus.ACTIVE),
            "activated_at": at,
            "last_verified_at": max(at, today - timedelta(days=60) * pick.random()),
            "activation_ip": ip,
            "last_ip": ip,
            "user_agent": "KeyturnDemo/1.0",
        }


def _moment(pick: random.Random, start: datetime, number: int, count: int) -> datetime:
    # Ids rise with time, not quite evenly.
    jitter = timedelta(seconds=pick.randint(0, 3600))
    return start + (_YEARS - timedelta(hours=2)) * (number / max(count, 1)) + jitter


def _expiry(pick: random.Random, status: Status, today: datetime) -> datetime | None:
    if status == Status.AVAILABLE:
        return None
    if status == Status.EXPIRED:
        return today - timedelta(days=pick.randint(1, 700), minutes=pick.randint(0, 1400))
    return None if pick.random() < 0.25 else today + timedelta(days=pick.randint(1, 700), minutes=pick.randint(0, 1400))


def _key(pick: random.Random, prefix: str) -> str:
    drawn = "".join(pick.choices(_ALPHABET, k=16))
    return f"{prefix}{drawn[:4]}-{drawn[4:8]}-{drawn[8:12]}-{drawn[12:]}"
