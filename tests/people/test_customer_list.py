"""The list of customers: search, order, pages; on either engine."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from keyturn.access.actors import system
from keyturn.core import search as searching
from keyturn.people.customers import lists, services
from keyturn.people.customers.models import Customer

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = [
    ("John Smith", "john@example.com"),
    ("Sarah Johnson", "sarah@company.com"),
    ("John Doe", "john.doe@email.com"),
    ("Acme Admin", "admin@acme.com"),
    ("John at Acme", "john@acmecorp.com"),
    ("Élodie Brûlé", "elodie@gmail.com"),
    ("", "nobody@gmail.com"),
    ("", "anon@example.org"),
    ("Zoë 100%_sure", "o'brien@example.org"),
    ('Quote " \\ Slash', "quote@example.org"),
    ("Ünal 🦊 Fox", "fox@example.org"),
]


def _customers(people: Iterable[tuple[str, str]] = PEOPLE) -> None:
    for day, (name, email) in enumerate(people):
        Customer.objects.create(name=name, email=email, joined_at=START + timedelta(days=day))


def _emails(**asked: object) -> list[str]:
    return [customer.email for customer in lists.page(**asked).rows]  # type: ignore[arg-type]


@pytest.mark.spec("CUS-04")
def test_the_four_examples_of_the_manual() -> None:
    _customers()
    assert {"john@example.com", "sarah@company.com", "john.doe@email.com"} <= set(_emails(search="john"))
    assert set(_emails(search="@gmail.com")) == {"elodie@gmail.com", "nobody@gmail.com"}
    assert set(_emails(search="acme")) == {"admin@acme.com", "john@acmecorp.com"}
    assert _emails(search="sarah@") == ["sarah@company.com"]


@pytest.mark.spec("CUS-03")
@pytest.mark.parametrize("term", ["JOHN SMITH", "smith", "n s", "TH", "john@ex", "  john   smith "])
def test_substring_without_regard_to_case(term: str) -> None:
    _customers()
    assert "john@example.com" in _emails(search=term)


@pytest.mark.spec("CUS-03")
@pytest.mark.parametrize("term", ["élodie", "ÉLODIE", "É", "BRÛ", "brûlé", "E\u0301lodie"])
def test_accented_letters_match_in_both_cases(term: str) -> None:
    _customers()
    assert _emails(search=term) == ["elodie@gmail.com"]


@pytest.mark.spec("CUS-04")
@pytest.mark.parametrize(
    ("term", "email"),
    [
        ("%", "o'brien@example.org"),
        ("_", "o'brien@example.org"),
        ("0%_s", "o'brien@example.org"),
        ("'", "o'brien@example.org"),
        ('"', "quote@example.org"),
        ("\\", "quote@example.org"),
        ('" \\ s', "quote@example.org"),
        ("🦊", "fox@example.org"),
        ("🦊 f", "fox@example.org"),
    ],
)
def test_no_character_is_a_wildcard(term: str, email: str) -> None:
    _customers()
    assert _emails(search=term) == [email]


@pytest.mark.spec("CUS-04")
@pytest.mark.parametrize("term", ["x" * 500, "%" * 500, '"' * 501, "\\" * 500, "🦊" * 500, "a\x00b", "\ud800", "-- ;"])
def test_odd_input_finds_nothing_and_breaks_nothing(term: str) -> None:
    _customers()
    assert _emails(search=term) == []


def test_the_name_and_the_address_are_searched_apart() -> None:
    _customers([("Ann Lee", "lee@x.org")])
    assert _emails(search="lee lee") == []
    assert _emails(search="leelee") == []


def test_search_follows_changes_of_the_name_and_removal() -> None:
    _customers([("Old Name", "a@x.org"), ("Other", "b@x.org")])
    Customer.objects.filter(email="a@x.org").update(name="Fresh Name")
    assert _emails(search="old n") == []
    assert _emails(search="fresh") == ["a@x.org"]
    Customer.objects.filter(email="a@x.org").delete()
    assert _emails(search="fresh") == []
    assert _emails(search="er") == ["b@x.org"]


@pytest.mark.spec("CUS-05")
def test_orders() -> None:
    _customers([("bob", "z@x.org"), ("", "b@x.org"), ("Alice", "y@x.org"), ("", "a@x.org"), ("Carol", "x@x.org")])
    assert _emails() == ["x@x.org", "a@x.org", "y@x.org", "b@x.org", "z@x.org"]
    assert _emails(sort="joined", direction="asc") == ["z@x.org", "b@x.org", "y@x.org", "a@x.org", "x@x.org"]
    assert _emails(sort="email", direction="asc") == ["a@x.org", "b@x.org", "x@x.org", "y@x.org", "z@x.org"]
    assert _emails(sort="email", direction="desc") == ["z@x.org", "y@x.org", "x@x.org", "b@x.org", "a@x.org"]
    assert _emails(sort="name", direction="asc") == ["y@x.org", "z@x.org", "x@x.org", "b@x.org", "a@x.org"]
    assert _emails(sort="name", direction="desc") == ["x@x.org", "z@x.org", "y@x.org", "a@x.org", "b@x.org"]


@pytest.mark.spec("CUS-05")
def test_names_stand_where_people_look_for_them() -> None:
    names = ["emil", "Émilie", "Emma", "Øyvind", "Özlem", "Pa", "straße", "Strasser", "zoe", "Анна", "борис"]
    _customers([(name, f"{number}@x.org") for number, name in enumerate(names)][::-1])
    in_order = [f"{number}@x.org" for number in range(len(names))]
    assert _emails(sort="name", direction="asc") == in_order
    assert _emails(sort="name", direction="desc") == in_order[::-1]
    services.rename(system("test"), Customer.objects.get(email="0@x.org"), "Ångström")
    services.rename(system("test"), Customer.objects.get(email="1@x.org"), "Zz")
    assert _emails(sort="name", direction="asc")[:2] == ["0@x.org", "2@x.org"]
    assert _emails(sort="name", direction="asc")[8] == "1@x.org"


@pytest.mark.spec("CUS-05", "CUS-06")
@pytest.mark.parametrize("cap", [10, 10_000])
@pytest.mark.parametrize("sort", lists.SORTS)
@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("search", ["", "person"])
def test_pages_neither_repeat_nor_lose_a_row(
    sort: str, direction: str, search: str, cap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["Same Person", "", "person", "Other Person"]
    for number in range(40):
        Customer.objects.create(name=names[number % 4], email=f"person{number:02}@x.org", joined_at=START)
    monkeypatch.setattr(searching.paging, "CAP", cap)
    monkeypatch.setattr(searching.paging, "_MANY", 0 if cap == 10 else 16_000)
    shown: list[str] = []
    first = lists.page(search, sort=sort, direction=direction, per_page=7)
    for number in range(1, first.pages + 1):
        shown += _emails(search=search, sort=sort, direction=direction, per_page=7, number=number)
    assert len(shown) == len(set(shown)) == min(cap, 40)
    assert (first.total, first.capped) == (min(cap, 40), cap < 40)
    whole = _emails(search=search, sort=sort, direction=direction, per_page=40)
    assert shown == whole[: len(shown)]


@pytest.mark.spec("CUS-06")
def test_a_page_out_of_range_is_the_last_page() -> None:
    _customers()
    last = lists.page(per_page=5, number=99)
    assert (last.number, last.pages, last.total, len(last.rows)) == (3, 3, 11, 1)
    assert lists.page(per_page=5, number=-4).number == 1
    nothing = lists.page("no such person", number=7)
    assert (nothing.rows, nothing.total, nothing.number, nothing.pages) == ([], 0, 1, 1)


@pytest.mark.spec("CUS-03")
def test_status_combines_with_search() -> None:
    _customers()
    Customer.objects.filter(email="john@example.com").update(status="suspended")
    assert _emails(status="suspended") == ["john@example.com"]
    assert _emails(status="suspended", search="john") == ["john@example.com"]
    assert _emails(status="suspended", search="sarah") == []
    assert "john@example.com" not in _emails(status="active", search="john")
    assert len(lists.matching_ids("john", status="active")) == 3


LETTERS = st.text(alphabet="aAbé É%_\\'\"-@.1🦊", min_size=1, max_size=8)


class AgainstPlainPython(TestCase):
    """Whatever is stored and whatever is typed, the rows are those that Python's `in` finds."""

    @pytest.mark.spec("CUS-03", "CUS-04")
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(names=st.lists(LETTERS, min_size=1, max_size=5), term=LETTERS)
    @example(names=["a%b", "a\\b", "ab"], term="%")
    def test_same_rows(self, names: list[str], term: str) -> None:
        for number, name in enumerate(names):
            Customer.objects.create(name=name, email=f"{number}@zz.org")
        cleaned = searching.clean_term(term)
        expected = {
            f"{number}@zz.org"
            for number, name in enumerate(names)
            if cleaned in searching.fold(name) or cleaned in f"{number}@zz.org"
        }
        assert set(_emails(search=term, per_page=100)) == expected
