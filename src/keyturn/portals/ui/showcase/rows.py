"""A list without a database: people made of a few names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.urls import reverse

from keyturn.portals.ui.lists import (
    BulkAction,
    Column,
    DateRange,
    Empty,
    Linked,
    ListPage,
    ListState,
    Page,
    Preset,
    cut,
)
from keyturn.portals.ui.lists import Select as SelectFilter

FIRST = ("Sarah", "Émilie", "John", "Wei", "Amara", "Lukas", "Priya", "Yuki", "Maria Fernanda")
LAST = ("Johnson", "Laurent", "Smith", "Chen", "Okafor", "Weber", "Nair", "Tanaka", "Gutiérrez de la Cruz")
STATES = ("active", "active", "active", "suspended", "inactive")


@dataclass(frozen=True)
class Person:
    """One row."""

    pk: int
    name: str
    email: str
    status: str
    licenses: int
    joined: datetime


def _person(number: int) -> Person:
    first, last = FIRST[number % len(FIRST)], LAST[number * 7 // 5 % len(LAST)]
    name = "" if number % 11 == 7 else f"{first} {last}"
    joined = datetime(2026, 1, 26, 16, 5, 11, tzinfo=UTC) - timedelta(hours=31 * number)
    email = f"{first.split()[0].lower()}{number}@{last.split()[0].lower()}.example"
    return Person(number, name, email, STATES[number % len(STATES)], number * number % 14, joined)


PEOPLE: Sequence[Person] = [_person(number) for number in range(1, 241)]

LIST = ListPage(
    name="people",
    title="People",
    noun=("person", "people"),
    columns=(
        Column("Name", "ui/showcase/_name.html", sort="name", orders=("Name A–Z", "Name Z–A"), slot="title"),
        Column("Email", "ui/showcase/_email.html", sort="email", slot="line", css="quiet"),
        Column("Licenses", "ui/showcase/_licenses.html", slot="end"),
        Column(
            "Joined", "joined", sort="joined", orders=("Oldest first", "Newest first"), slot="line-end", css="quiet"
        ),
        Column("Actions", "ui/showcase/_actions.html", slot="off", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-joined",
    intro="A list of people who do not exist, with everything a list can do.",
    search="Search by name or email...",
    searched="Names and e-mail addresses were searched. A part of either is enough, such as “john” or “@chen”.",
    filters=(
        SelectFilter("status", "Status", [("active", "Active"), ("inactive", "Inactive"), ("suspended", "Suspended")]),
        DateRange("joined", "Joined", (Preset("january", "Last 30 days", -30, 0),)),
        Linked("domain", "Domain", lambda request, value: value if "." in value else None),
    ),
    bulk=(
        BulkAction("Assign…", "ui:dialog", "user-plus", "primary"),
        BulkAction("Delete…", "ui:dialog", "trash-2", "danger"),
    ),
    row_href=lambda row: reverse("ui:detail", args=[row.pk]),
    row_label=lambda row: row.name or row.email,
    template="ui/showcase/page.html",
    empty=Empty("Nobody here yet", "People appear when somebody adds them.", "users-round"),
)

SORTED = replace(LIST, sort_dialog=True, filters=(), bulk=(), template="ui/lists/page.html")


class PeopleSource:
    """The people of a state, sorted and cut in memory."""

    def page(self, state: ListState) -> Page[Person]:
        """One page."""
        found = [person for person in PEOPLE if self._matches(person, state)]
        found.sort(key=lambda person: (getattr(person, state.sort), person.pk), reverse=state.descending)
        if state.sort == "name":
            found.sort(key=lambda person: not person.name)
        number, start, stop = cut(state, len(found))
        return Page(found[start:stop], len(found), number, state.per_page)

    def _matches(self, person: Person, state: ListState) -> bool:
        span, day = state.span("joined"), person.joined.date()
        return (
            state.search.lower() in f"{person.name}\n{person.email}".lower()
            and state.chosen("status") in ("", person.status)
            and person.email.endswith(state.chosen("domain"))
            and (span.start is None or span.start <= day)
            and (span.end is None or day <= span.end)
        )
