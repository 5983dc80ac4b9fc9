"""The demo data: the people of the manual, once, and as many more as wanted."""

import pytest

from keyturn.access.actors import system
from keyturn.access.scope import Environment
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import lists
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.renewals import renewals
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.operations import demo
from keyturn.people.admins.models import Admin
from keyturn.people.customers import lists as customer_list
from keyturn.people.customers.models import Customer

pytestmark = pytest.mark.django_db


def _said() -> tuple[list[str], demo.Loaded]:
    lines: list[str] = []
    made = demo.load(customers=40, licenses=200, out=lines.append)
    assert made is not None
    return lines, made


@pytest.mark.spec("CUS-04")
def test_the_people_of_the_manual_with_their_numbers() -> None:
    lines, made = _said()
    assert (Customer.objects.count(), License.objects.count()) == (40, 200)
    assert (Product.objects.count(), Generator.objects.count()) == (3, 6)
    assert set(License.objects.values_list("status", flat=True)) == set(Status)
    assert sorted(Admin.objects.values_list("role", flat=True)) == ["admin", "operator", "super_admin", "viewer"]
    assert any(made.password in line for line in lines)
    assert made.api_key in lines[-1]
    people = {row.email: row for row in Customer.objects.all()}
    counts = lists.counts_by_customer(list(people.values()))
    owned = {email: counts[person.pk] for email, person in people.items()}
    assert (owned["john@company.com"], owned["old@email.com"], owned["new@email.com"]) == (3, 0, 3)
    full = License.objects.get(customer__email="john@example.com", active_devices=3)
    assert full.activation_limit == 3
    silent = [(clock.now() - device.last_verified_at).days for device in full.activations.all()]
    assert sorted(silent) == [0, 0, 45]
    due = renewals(system("test", environment=Environment.PRODUCTION))
    assert set(due.values_list("priority", flat=True)) == {1, 2, 3}


def test_loading_again_changes_nothing_and_says_so() -> None:
    _said()
    lines: list[str] = []
    assert demo.load(out=lines.append) is None
    assert License.objects.count() == 200
    assert "already loaded" in lines[0]


def test_the_large_way_gives_rows_that_are_found() -> None:
    actor = system("demo", Environment.PRODUCTION)
    lines: list[str] = []
    stock = demo.catalog.build(actor)
    demo.bulk.fill(60, 300, list(stock.generators.values()), 7, lines.append)
    assert (Customer.objects.count(), License.objects.count()) == (60, 300)
    assert Activation.objects.count() == License.objects.filter(active_devices=1).count() > 0
    someone = Customer.objects.exclude(name="").order_by("pk")[0]
    assert someone in customer_list.page(someone.email[:-3]).rows
    license = License.objects.order_by("pk")[7]
    assert license in lists.page(actor, license.license_key[3:]).rows
    # New rows are indexed again, and get an id of their own.
    late = Customer.objects.create(name="Later Guest", email="later@x.org")
    assert customer_list.page("later g").rows == [late]
