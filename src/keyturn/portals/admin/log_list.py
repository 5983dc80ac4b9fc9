"""The system log: what is shown, searched and filtered (LOG-01 to LOG-03)."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.http import HttpRequest

from keyturn.access.actors import Actor
from keyturn.core import search as searching
from keyturn.core.clock import now
from keyturn.core.ids import parse_uuid
from keyturn.core.search import newest
from keyturn.core.search.newest import Beginning, Branch, Combined, Condition, Newest
from keyturn.operations.analytics import verifications
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.people.customers.search import CUSTOMERS
from keyturn.platform.logs.blocks import reason_of
from keyturn.platform.logs.models import Category, Level, LogEntry
from keyturn.platform.logs.vocabulary import ACTIONS
from keyturn.portals.admin.log_rows import LogRow, log_rows
from keyturn.portals.admin.records import KINDS, moments
from keyturn.portals.ui.lists import (
    Column,
    DateRange,
    DateSpan,
    Empty,
    Export,
    ExportField,
    ListPage,
    ListState,
    NewestSource,
    Preset,
    Select,
)

_LEVELS = {level.label.lower(): level.value for level in sorted(Level, reverse=True)}
_IP = re.compile(r"(?=.*[.:])[0-9A-Fa-f.:]{3,45}")
_PEOPLE, _WORDS = 20, 40
_DAY = "24-hours"
# As in the index log_kinds.
_KINDS = ("category", "level", "action")
# What most entries are.
_MOST = ("api", 20, "api_call")
# The kind of resource that stands in no index.
_FREQUENT = "license"


def log_source(actor: Actor) -> NewestSource[LogEntry, LogRow]:
    """Entries of the actor's environment, and those of the whole installation."""
    return NewestSource(
        LogEntry,
        lambda state: asked(actor, state),
        lambda entries: log_rows(entries, actor),
        {
            "level": ("level",),
            "action": ("action",),
            "resource": ("resource_kind", "resource_id"),
            "user": ("user_kind", "user_label", "user_id"),
            "ip": ("ip",),
        },
    )


def asked(actor: Actor, state: ListState) -> Newest:
    """The entries that a state of the list wants."""
    environments = (actor.environment, "")
    wanted: dict[str, tuple[object, ...]] = {
        name: (_LEVELS[text] if name == "level" else text,) for name in _KINDS if (text := state.chosen(name))
    }
    filters = newest.between(*_moments(state.span("at")))
    if not state.search:
        branches: tuple[Branch, ...] = (Combined(_KINDS, wanted),) if wanted else ()
        return Newest("log_entries", environments, filters, branches)
    among = Combined(_KINDS, wanted, most=_MOST) if wanted else None
    besides = Condition("1=1") if among is None else among.plain()
    branches = (
        *(newest.both(one, besides) for one in _matching(state.search, environments)),
        *_about_licenses(state.search, wanted),
        *_beginning(state.search, among),
        *_doing(state.search, wanted),
    )
    return Newest("log_entries", environments, (*filters, *(() if branches else (Condition("1=0"),))), branches)


def _moments(span: DateSpan) -> tuple[datetime | None, datetime | None]:
    if span.preset == _DAY:
        # As the dashboard counts them, in whole stretches of five minutes.
        return verifications.floor(now() - timedelta(days=1)), None
    return moments(span)


def _doing(term: str, wanted: dict[str, tuple[object, ...]]) -> list[Combined]:
    """Actions named like the term, among those that are wanted."""
    word, among = term.lower().replace(" ", "_"), wanted.get("action", ACTIONS)
    named = tuple(action for action in ACTIONS if word in action and action in among)[:_WORDS]
    return [Combined(_KINDS, {**wanted, "action": named})] if named else []


def _matching(term: str, environments: tuple[str, ...]) -> list[Condition]:
    """Every other way in which an entry may match: each a stretch of an index."""
    lower = term.lower()
    said = newest.distinct("log_entries", "message", environments, "NOT (message = '')")
    found = [newest.equals("message", text, unless="message = ''") for text in said if _is_about(text, lower)][:_WORDS]
    kinds = [kind for kind, one in KINDS.items() if kind != _FREQUENT and lower in one.label.lower()]
    found += [newest.equals("resource_kind", kind, unless=f"resource_kind IN ('', '{_FREQUENT}')") for kind in kinds]
    people = "user_kind IN ('admin', 'customer')"
    found += [Condition(f"user_id = %s AND {people}", (str(uuid),)) for uuid in _people(term)]
    if parse_uuid(term):
        found.append(newest.equals("request_id", term.lower(), unless="request_id = ''", alone=True))
    return found


def _is_about(message: str, lower: str) -> bool:
    """Whether a message, or the code of the refusal that it tells of, holds the term."""
    return lower in message.lower() or lower in reason_of(message).lower()


def _about_licenses(term: str, wanted: dict[str, tuple[object, ...]]) -> Iterator[Branch]:
    """By time if most entries are wanted, for most are about licenses; else within the kinds."""
    if term.lower() not in KINDS[_FREQUENT].label.lower():
        return
    same = Condition("resource_kind = %s", (_FREQUENT,), inside=True)
    if all(value in wanted.get(name, (value,)) for name, value in zip(_KINDS, _MOST, strict=True)):
        yield newest.both(same, Combined(_KINDS, wanted).plain())
    else:
        yield Combined(_KINDS, wanted, besides=same)


def _beginning(term: str, among: Combined | None) -> Iterator[Beginning]:
    if _IP.fullmatch(term):
        yield Beginning("ip", term.lower(), among=among)
    if len(term) >= 4:
        for column, start in (("license_start", term[:8]), ("key_start", term[:14])):
            yield Beginning(column, start, Condition(f"NOT ({column} = '')"), among)


def _people(term: str) -> list[object]:
    admins = Admin.objects.filter(email__icontains=term).values_list("uuid", flat=True)
    # Whoever looks for a person in a log types more than a letter or two.
    ids = searching.few(searching.matching(CUSTOMERS, term), "joined_at", _PEOPLE) if len(term) > 2 else []
    return [*admins[:_PEOPLE], *Customer.objects.filter(pk__in=ids).values_list("uuid", flat=True)]


def _actions(request: HttpRequest) -> list[tuple[str, str]]:
    return [(action, action) for action in ACTIONS]


LOGS = ListPage(
    name="logs",
    title="Logs",
    noun=("entry", "entries"),
    intro="What happened, newest first. Entries are kept as long as the retention policy says.",
    columns=(
        Column("Time", "admin/logs/_time_cell.html", sort="time", orders=("Oldest first", "Newest first"), slot="line"),
        Column(
            "Level", "admin/logs/_level_cell.html", sort="level", orders=("Debug first", "Errors first"), slot="end"
        ),
        Column("Category", lambda row: row.entry.get_category_display(), css="quiet"),
        Column("Action", "admin/logs/_action_cell.html", sort="action", slot="title"),
        Column("Resource", "admin/logs/_resource_cell.html", sort="resource"),
        Column("User", "admin/logs/_user_cell.html", sort="user"),
        Column("IP Address", "admin/logs/_ip_cell.html", sort="ip", css="quiet"),
        Column("Details", "admin/logs/_details_cell.html", css="quiet"),
        Column("Actions", "admin/logs/_view_cell.html", slot="off", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-time",
    search="Search actions, IPs, people, keys…",
    searched="Actions, messages, addresses, kinds of resources, people's e-mails and the starts of keys were searched.",
    filters=(
        Select("level", "Level", [(name, name.title()) for name in _LEVELS], every="All Levels"),
        Select("category", "Category", Category.choices, every="All Categories"),
        Select("action", "Action", _actions, every="All Actions"),
        DateRange(
            "at",
            "Date",
            (
                Preset(_DAY, "Last 24 hours", -1, 0),
                Preset("today", "Today", 0, 0),
                Preset("7-days", "Last 7 days", -6, 0),
                Preset("30-days", "Last 30 days", -29, 0),
            ),
        ),
    ),
    per_page=(20, 10, 50, 100),
    sort_dialog=True,
    row_href=lambda row: row.href,
    row_id=lambda row: str(row.entry.uuid),
    row_label=lambda row: row.entry.action,
    actions="admin/logs/_head_actions.html",
    export=Export(
        "admin:logs_export",
        (
            ExportField("Time", lambda row: row.entry.at.isoformat(timespec="milliseconds")),
            ExportField("Level", lambda row: row.entry.get_level_display()),
            ExportField("Category", lambda row: row.entry.get_category_display()),
            ExportField("Action", "entry.action"),
            ExportField("Resource Type", "kind"),
            ExportField("Resource ID", lambda row: row.resource[1]),
            ExportField("User", "user"),
            ExportField("IP Address", "entry.ip"),
            ExportField("Message", "details"),
            ExportField("Request ID", "entry.request_id"),
        ),
    ),
    empty=Empty(
        "Nothing logged yet",
        "What admins and customers do, API calls and jobs appear here within a second.",
        "scroll-text",
    ),
)
