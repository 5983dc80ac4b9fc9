"""The list of customers as the browser gets it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.products import services as products
from keyturn.people.customers.models import Customer
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 26, 15, 36, 55, tzinfo=UTC)
PEOPLE = [
    ("John Smith", "john@example.com"),
    ("Sarah Johnson", "sarah@company.com"),
    ("John Doe", "john.doe@email.com"),
    ("Acme Admin", "admin@acme.com"),
    ("John at Acme", "john@acmecorp.com"),
    ("", "nobody@gmail.com"),
]


def _people(count: int = len(PEOPLE)) -> None:
    people = [*PEOPLE, *[(f"Person {n:03}", f"person{n}@example.org") for n in range(count - len(PEOPLE))]]
    Customer.objects.bulk_create(
        Customer(name=name, email=email, joined_at=START - timedelta(days=day))
        for day, (name, email) in enumerate(people)
    )


def _emails(client: Client, query: str = "") -> list[str]:
    return re.findall(r'truncate" title="([^"]+@[^"]+)"', client.get(f"/admin/customers{query}").content.decode())


@pytest.mark.spec("CUS-01")
def test_columns_and_their_words(super_admin: Client, owner: Actor) -> None:
    product = products.create(owner, name="Pro App")
    generator = generators.create(owner, product=product, name="One year", type="chunk")
    for email, count in (("john@example.com", 3), ("sarah@company.com", 1)):
        made = licenses.generate(owner, generator, count).licenses
        licenses.assign_many(owner, made, email)
    licenses.revoke(owner, made[0])
    Customer.objects.update(joined_at=START)
    Customer.objects.create(email="zero@example.com", name="Zoë Zero", status="suspended")
    page = super_admin.get("/admin/customers").content.decode()
    heads = [re.sub("<[^>]+>", "", head).strip() for head in re.findall(r"<th .*?</th>", page, re.S)]
    assert heads == ["Name", "Email", "Licenses", "Joined", "Actions"]
    for text in (">3 Licenses<", ">1 License<", ">0 Licenses<", ">N/A<", "Suspended"):
        assert text in page
    assert 'title="Jan 26, 2026, 15:36:55 UTC"' in page
    assert ">Jan 26, 2026</time>" in page
    assert 'aria-label="View Zoë Zero"' in page
    assert page.count("Suspended</span>") == 1, "a badge stands only where an account is not active"


@pytest.mark.spec("CUS-02")
def test_a_row_holds_a_real_link_to_the_page_of_the_customer(super_admin: Client) -> None:
    _people()
    page = super_admin.get("/admin/customers").content.decode()
    for customer in Customer.objects.all():
        assert page.count(f'href="/admin/customers/{customer.uuid}"') == 2


@pytest.mark.spec("CUS-03", "CUS-04")
@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("john", {"john@example.com", "sarah@company.com", "john.doe@email.com", "john@acmecorp.com"}),
        ("%40gmail.com", {"nobody@gmail.com"}),
        ("acme", {"admin@acme.com", "john@acmecorp.com"}),
        ("sarah%40", {"sarah@company.com"}),
        ("JOHN+SMITH", {"john@example.com"}),
        ("%25", set()),
        ("_", set()),
        ("%F0%9F%A6%8A", set()),
        ("%27%22%5C", set()),
        ("x" * 500, set()),
    ],
)
def test_search_reads_name_and_email_as_plain_text(term: str, found: set[str], super_admin: Client) -> None:
    _people()
    assert set(_emails(super_admin, f"?search={term}")) == found


@pytest.mark.spec("CUS-03")
def test_the_search_box_shows_what_the_address_holds(super_admin: Client) -> None:
    _people()
    page = super_admin.get("/admin/customers?search=%3Cjohn%3E&status=active").content.decode()
    assert 'placeholder="Search by name or email..."' in page
    assert 'value="&lt;john&gt;"' in page
    assert "delay:300ms" in page


@pytest.mark.spec("CUS-05")
def test_orders(super_admin: Client) -> None:
    _people()
    newest = [email for _, email in PEOPLE]
    assert _emails(super_admin) == newest
    assert _emails(super_admin, "?sort=joined&direction=asc") == newest[::-1]
    by_name = _emails(super_admin, "?sort=name&direction=asc")
    assert by_name[0] == "admin@acme.com"
    assert by_name[-1] == "nobody@gmail.com"
    assert _emails(super_admin, "?sort=name&direction=desc")[-1] == "nobody@gmail.com"
    assert _emails(super_admin, "?sort=email&direction=asc") == sorted(newest)
    page = super_admin.get("/admin/customers?sort=email&direction=desc").content.decode()
    assert page.count("aria-sort") == 1
    assert 'aria-sort="descending"' in page
    assert "sort=licenses" not in page


@pytest.mark.spec("CUS-06")
def test_pages(super_admin: Client) -> None:
    _people(40)
    assert len(_emails(super_admin)) == 15
    assert len(_emails(super_admin, "?per_page=25")) == 25
    assert len(_emails(super_admin, "?per_page=7")) == 15
    page = super_admin.get("/admin/customers?page=99").content.decode()
    assert re.search(r"31–40</span> of <span[^>]*>40</span> customers", page)
    everyone = [email for n in (1, 2, 3) for email in _emails(super_admin, f"?page={n}")]
    assert len(set(everyone)) == 40


@pytest.mark.spec("CUS-06", "CUS-08")
def test_nobody_yet_says_where_customers_come_from(super_admin: Client) -> None:
    page = super_admin.get("/admin/customers").content.decode()
    assert "No customers yet" in page
    assert "when a license is assigned" in page
    assert not re.search(r"(Add|New|Create) customer", page, re.I)


@pytest.mark.spec("CUS-06")
def test_no_match_repeats_the_term(super_admin: Client) -> None:
    _people()
    page = super_admin.get("/admin/customers?search=jonh+smtih").content.decode()
    assert "jonh smtih" in page
    assert "Clear search" in page


@pytest.mark.spec("CUS-50")
@pytest.mark.parametrize("role", Role.values)
def test_every_role_may_read_the_list(role: str, client_of: ClientOf) -> None:
    _people()
    assert len(_emails(client_of(role))) == len(PEOPLE)


def test_htmx_gets_the_results_alone(super_admin: Client) -> None:
    _people()
    headers = {"HX-Request": "true", "HX-Target": "results"}
    answer = super_admin.get("/admin/customers?search=acme", headers=headers)
    assert "<html" not in answer.content.decode()
    assert answer["HX-Push-Url"] == "/admin/customers?search=acme"


@pytest.mark.spec("CUS-07")
def test_the_number_of_queries_does_not_grow(
    super_admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    _people(120)
    with django_assert_max_num_queries(11):
        super_admin.get("/admin/customers?per_page=100&search=person")


@pytest.mark.spec("CUS-02", "CUS-43")
def test_no_browser_keeps_a_page_about_a_customer(super_admin: Client, john: Customer) -> None:
    for address in ("/admin/customers", f"/admin/customers/{john.uuid}", "/customer/sign-in", "/admin/none"):
        assert "no-store" in super_admin.get(address)["Cache-Control"]
    assert "no-store" not in super_admin.get("/static/ui/app.css").headers.get("Cache-Control", "")
