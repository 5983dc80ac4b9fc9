"""List pages: from the query to state, rows and links."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from keyturn.core import clock
from keyturn.people.customers.models import Customer
from keyturn.portals.ui.lists import Column, Empty, ListPage, ListState, QuerySetSource, read_selection, sources
from keyturn.portals.ui.showcase.rows import LIST

PEOPLE = ListPage(
    name="customers",
    title="Customers",
    noun=("customer", "customers"),
    columns=(Column("Name", "name", sort="name"), Column("Login", "last_login_at", sort="login")),
    default_sort="-name",
    search="Search...",
    empty=Empty("Nobody", ""),
)


def state(query: str, page: ListPage = LIST) -> ListState:
    return page.state(RequestFactory().get(f"/admin/people?{query}"))


@pytest.mark.spec("CUS-03", "LIC-06")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "search=john",
        "search=%25+_%22%27%5C+%F0%9F%94%91",
        "status=active&sort=name&direction=desc&per_page=50&page=3",
        "joined=january",
        "joined_from=2026-01-01&joined_to=2026-01-31",
        "domain=chen.example",
    ],
)
def test_a_query_reads_and_writes_the_same(query: str) -> None:
    assert state(query).query() == query


@pytest.mark.parametrize(
    "query",
    [
        "sort=password&direction=up",
        "page=0&per_page=7",
        "page=-1",
        "page=1e9",
        "page=" + "9" * 5000,
        "page=٣",
        "status=nonsense",
        "joined_from=yesterday&joined=never",
        "domain=nodot",
        "order=-asc",
        "search=%00",
        "search=",
    ],
)
def test_nonsense_falls_back_without_a_word(query: str) -> None:
    assert state(query) == state("")


def test_state_is_bounded() -> None:
    assert len(state("search=" + "x" * 9000).search) == 500
    assert state("search=a%00b").search == "a b"


def test_the_sort_select_sends_order_and_direction_in_one() -> None:
    assert (state("order=name-desc").sort, state("order=name-desc").direction) == ("name", "desc")


def test_a_preset_is_days_around_today() -> None:
    with clock.fixed(datetime(2026, 1, 31, 23, 0, tzinfo=UTC)):
        span = state("joined=january").span("joined")
    assert (str(span.start), str(span.end)) == ("2026-01-01", "2026-01-31")


@pytest.mark.usefixtures("with_showcase")
class TestPage:
    """What the engine renders, asked as a browser asks."""

    def get(self, client: Client, query: str = "", **headers: str) -> str:
        response = client.get(f"{reverse('ui:components')}?{query}", headers=headers)
        assert response.status_code == 200
        return response.content.decode()

    @pytest.mark.spec("CUS-05")
    def test_headers_sort_ascending_first(self, client: Client) -> None:
        html = self.get(client)
        assert 'aria-sort="descending"><a class="sort" id="sort-joined"' in html
        assert 'href="/admin/_components?sort=joined&amp;direction=asc"' in html
        html = self.get(client, "sort=joined&direction=asc")
        assert 'aria-sort="ascending"' in html
        assert 'id="sort-joined" href="/admin/_components"' in html
        assert 'id="sort-licenses"' not in html

    @pytest.mark.spec("CUS-06")
    def test_a_page_beyond_the_end_is_the_last_one(self, client: Client) -> None:
        html = self.get(client, "page=999&per_page=50")
        assert "201–240" in html
        assert 'id="page-5" href="/admin/_components?per_page=50&amp;page=5"' in html
        assert "Next page, this is the last" in html

    @pytest.mark.spec("CUS-06")
    def test_no_match_repeats_the_term_and_offers_to_clear(self, client: Client) -> None:
        html = self.get(client, "search=<b>nobody</b>&status=active")
        assert "&lt;b&gt;nobody&lt;/b&gt;" in html
        assert "<b>nobody" not in html
        assert 'href="/admin/_components?status=active" data-clear-search>Clear search' in html

    def test_htmx_gets_the_same_results_alone(self, client: Client) -> None:
        whole = self.get(client, "search=chen")
        url = f"{reverse('ui:components')}?search=chen&status=&order=joined-desc"
        response = client.get(url, headers={"HX-Request": "true", "HX-Target": "results"})
        part = response.content.decode()
        assert "<html" not in part
        assert part[part.index("<tbody") : part.index("</tbody>")] in whole
        assert response["HX-Push-Url"] == "/admin/_components?search=chen"
        assert response["Cache-Control"] == "no-store"
        assert 'id="filters" hx-swap-oob="true"' in part
        assert "hx-swap-oob" not in whole

    def test_typing_on_replaces_its_own_history_entry(self, client: Client) -> None:
        asked = {"HX-Request": "true", "HX-Target": "results", "HX-Trigger-Name": "search"}
        url = f"{reverse('ui:components')}?search=che"
        first = client.get(url, headers={**asked, "HX-Current-URL": "http://testserver/admin/_components"})
        assert "HX-Push-Url" in first
        later = client.get(url, headers={**asked, "HX-Current-URL": "http://testserver/admin/_components?search=ch"})
        assert "HX-Replace-Url" in later
        again = client.get(url, headers={**asked, "HX-Current-URL": "http://testserver/admin/_components?search=che"})
        assert "HX-Push-Url" not in again
        assert "HX-Replace-Url" not in again

    @pytest.mark.spec("CUS-02")
    def test_every_row_holds_a_real_link(self, client: Client) -> None:
        assert self.get(client).count('<a class="row-link font-semibold" href="/admin/_components/') == 15


def test_a_selection_is_rows_or_a_search() -> None:
    ticked = read_selection(LIST, RequestFactory().get("/", {"ids": ["1", "2"]}))
    assert (list(ticked.ids), ticked.everything) == (["1", "2"], False)
    sent = {"everything": "1", "query": "search=chen&page=3", "ids": ["1"]}
    everything = read_selection(LIST, RequestFactory().post("/", sent))
    assert everything.pairs() == [("everything", "1"), ("query", "search=chen")]
    assert not read_selection(LIST, RequestFactory().get("/"))


@pytest.mark.django_db
class TestQuerySetSource:
    """The ready-made source, over a real table."""

    @pytest.fixture
    def source(self) -> QuerySetSource[Customer]:
        for number in range(7):
            login = datetime(2026, 1, 1 + number // 2, tzinfo=UTC) if number % 3 else None
            Customer.objects.create(email=f"c{number}@x.example", name=f"N{number}", last_login_at=login)
        return QuerySetSource(
            Customer.objects.all(),
            sorts={"name": "name", "login": "last_login_at"},
            search=lambda rows, term: rows.filter(name__icontains=term),
        )

    @pytest.mark.spec("CUS-05")
    @pytest.mark.parametrize("direction", ["asc", "desc"])
    def test_missing_values_come_last_both_ways(self, source: QuerySetSource[Customer], direction: str) -> None:
        rows = source.page(state(f"sort=login&direction={direction}", PEOPLE)).rows
        assert [row.last_login_at is None for row in rows] == [False] * 4 + [True] * 3
        known = [(row.last_login_at, row.pk) for row in rows[:4]]
        assert known == sorted(known, reverse=direction == "desc")

    def test_searches_and_counts(self, source: QuerySetSource[Customer]) -> None:
        page = source.page(state("search=n3", PEOPLE))
        assert (page.total, page.capped, [row.name for row in page.rows]) == (1, False, ["N3"])

    @pytest.mark.spec("CUS-06", "CUS-07")
    def test_counts_no_further_than_the_limit(
        self, source: QuerySetSource[Customer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sources, "COUNT_LIMIT", 4)
        small = replace(PEOPLE, per_page=(2,))
        page = source.page(state("page=9", small))
        assert (page.total, page.capped, page.number, page.pages, len(page.rows)) == (4, True, 2, 2, 2)
        assert source.page(state("", small)).total == 4
