"""The changelog in the Client Portal: what anybody may read, read only."""

from datetime import date

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.licensing.changelog import services
from keyturn.licensing.changelog.drafts import Change, Draft
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer
from keyturn.platform.preferences import services as preferences
from tests.portals.admin.conftest import full_license, generator, john, product
from tests.portals.conftest import VisitOf, visit_of

__all__ = ["full_license", "generator", "john", "product", "visit_of"]
pytestmark = pytest.mark.django_db
PAGE = "/customer/changelog"


@pytest.fixture
def visit(visit_of: VisitOf, john: Customer) -> Client:
    Product.objects.update(changelog_enabled=True)
    return visit_of(john)


def _published(owner: Actor, product: Product, version: str, day: int = 1) -> Entry:
    draft = Draft(
        version,
        f"About {version}",
        (Change("fixes", "*Quicker* <script>x</script>"),),
        release_date=date(2026, 11, day),
    )
    return services.publish(owner, services.create(owner, product, draft))


def _text(visit: Client, query: str = "") -> str:
    answer = visit.get(PAGE + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.spec("CHL-35", "CLP-01")
def test_published_entries_are_read_newest_first(visit: Client, owner: Actor, product: Product) -> None:
    _published(owner, product, "1.0.0")
    _published(owner, product, "1.1.0", 2)
    services.create(owner, product, Draft("9.9.9", "Secret"))
    text = _text(visit)
    assert text.index("About 1.1.0") < text.index("About 1.0.0")
    assert "<em>Quicker</em>" in text
    assert "<script>x" not in text
    assert "9.9.9" not in text
    assert 'href="/customer/changelog"' in visit.get("/customer/dashboard").content.decode()
    assert visit.post(PAGE).status_code == 405


@pytest.mark.spec("CHL-35")
def test_products_without_a_changelog_are_not_there(visit: Client, owner: Actor, product: Product) -> None:
    other = products.create(owner, name="Other App", changelog_enabled=True)
    _published(owner, product, "1.0.0")
    _published(owner, other, "7.0.0")
    assert "Other App" in _text(visit)
    only = _text(visit, f"?product={product.uuid}")
    assert "About 1.0.0" in only
    assert "About 7.0.0" not in only
    Product.objects.filter(pk=other.pk).update(changelog_enabled=False)
    assert "Other App" not in _text(visit)
    for wrong in (other.uuid, "nonsense"):
        assert visit.get(f"{PAGE}?product={wrong}").status_code == 404
    Product.objects.filter(pk=product.pk).update(status="inactive")
    assert "Nothing published yet" in _text(visit)


@pytest.mark.spec("CHL-35")
def test_pages_and_the_master_switch(visit: Client, owner: Actor, product: Product) -> None:
    for number in range(1, 8):
        _published(owner, product, f"1.{number}.0", number)
    preferences.set_value("changelog.per_page", 5)
    assert "About 1.2.0" not in _text(visit)
    last = _text(visit, "?page=99")
    assert "About 1.2.0" in last
    assert "Page 2 of 2" in last
    assert "Page 1 of 2" in _text(visit, "?page=x")
    preferences.set_value("changelog.enabled", False)
    assert visit.get(PAGE).status_code == 404
    assert 'href="/customer/changelog"' not in visit.get("/customer/dashboard").content.decode()
