"""Every filter and every way of searching the logs is served by an index, on both engines."""

import random
import re
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.db import connection

from keyturn.core.clock import now
from keyturn.core.search import newest
from keyturn.core.search.newest import Beginning, Combined, Condition, Newest, Place, equals, starts
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs.models import LogEntry

pytestmark = pytest.mark.django_db
HERE = ("production", "")
AT = now() - timedelta(days=1)
PEOPLE = "user_id = %s AND user_kind IN ('admin', 'customer')"
CASES = [
    ("log_entries", (), "log_time"),
    ("log_entries", newest.between(AT, AT), "log_time"),
    ("log_entries", (equals("message", "x", unless="message = ''"),), "log_message"),
    ("log_entries", (Condition(PEOPLE, (str(uuid4()),)),), "log_user"),
    ("audit_events", (), "audit_time"),
    ("audit_events", newest.between(AT, AT), "audit_time"),
    ("audit_events", (equals("subject_id", str(uuid4()), alone=True),), "audit_record"),
]

LOG, TRAIL = ("category", "level", "action"), ("actor_kind", "subject_kind", "action")
COMBINED = [
    ("log_entries", Combined(LOG, {"category": ("jobs",)}), "log_kinds"),
    ("log_entries", Combined(LOG, {"category": ("api",), "level": (40,)}), "log_kinds"),
    ("log_entries", Combined(LOG, {"action": ("login", "logout")}), "log_kinds"),
    ("audit_events", Combined(TRAIL, {"actor_kind": ("kind1",)}), "audit_kinds"),
    ("audit_events", Combined(TRAIL, {"subject_kind": ("kind1",), "action": ("product.1",)}), "audit_kinds"),
    ("audit_events", Combined(TRAIL, {}, equals("actor_id", "somebody", alone=True)), "audit_actor"),
    ("audit_events", Combined(TRAIL, {"action": ("product.7",)}, equals("actor_id", "somebody")), "audit_actor"),
]


# Enough that PostgreSQL's planner has something to choose for; SQLite's asks no statistics.
_FILLING = (
    "INSERT INTO log_entries (uuid, at, environment, level, category, action, message, resource_kind, resource_id, "
    "user_kind, user_id, user_label, ip, license_start, key_start, request_id, context) SELECT gen_random_uuid(), "
    "now() - n * interval '1 minute', 'production', n % 4 * 10 + 10, CASE n % 50 WHEN 0 THEN 'jobs' ELSE 'api' END, "
    "CASE n % 50 WHEN 0 THEN 'login' ELSE 'api_call' END, CASE n % 50 WHEN 0 THEN 'x' ELSE '' END, '', '', "
    "CASE n % 50 WHEN 0 THEN 'admin' ELSE 'api_key' END, gen_random_uuid()::text, '', '10.' || n % 250 || '.1.1', "
    "'K' || n % 1000, 'kt_' || n % 1000, '', '{}' FROM generate_series(1, 4000) n",
    "INSERT INTO audit_events (uuid, at, action, environment, actor_kind, actor_id, actor_label, subject_kind, "
    "subject_id, changes, note, sealed, request_id) SELECT gen_random_uuid(), now() - n * interval '1 minute', "
    "'product.' || n % 50, 'production', 'kind' || n % 20, CASE n % 300 WHEN 7 THEN 'somebody' ELSE "
    "gen_random_uuid()::text END, '', 'kind' || n % 20, "
    "gen_random_uuid()::text, '{}', '', '', '' FROM generate_series(1, 4000) n",
    "ANALYZE log_entries",
    "ANALYZE audit_events",
)


@pytest.fixture(autouse=True)
def _filled(db: None) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for statement in _FILLING:
                cursor.execute(statement)


def _plan(asked: Newest, after: Place | None = None) -> str:
    text, values = newest.statement(asked, 21, down=True, after=after)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # So few rows are cheapest read whole.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN'} {text}", values)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.spec("LOG-02", "LOG-17")
@pytest.mark.parametrize("after", [None, Place(AT, 7)], ids=["start", "further"])
@pytest.mark.parametrize(
    ("table", "filters", "index"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_filter_uses_its_index(
    table: str, filters: tuple[Condition, ...], index: str, after: Place | None
) -> None:
    plan = _plan(Newest(table, HERE, filters), after)
    # PostgreSQL knows that hardly anything belongs to the whole installation.
    least = 1 if connection.vendor == "postgresql" or any(one.alone for one in filters) else len(HERE)
    assert len(re.findall(rf"\b{index}\b", plan)) >= least, plan
    assert not re.search(rf"SCAN {table}\b|Seq Scan", plan), plan


@pytest.mark.spec("LOG-02", "LOG-17")
@pytest.mark.parametrize("after", [None, Place(AT, 7)], ids=["start", "further"])
@pytest.mark.parametrize(("table", "wanted", "index"), COMBINED)
def test_values_of_several_columns_are_each_a_stretch_of_one_index(
    table: str, wanted: Combined, index: str, after: Place | None
) -> None:
    if connection.vendor == "sqlite":
        (_entries if table == "log_entries" else _events)()
    plan = _plan(Newest(table, HERE, (), (wanted,)), after)
    used = re.findall(r"(?:using|USING INDEX|USING COVERING INDEX) (\w+)", plan)
    assert set(used) == {index}, plan


def _entries() -> None:
    for category, level, action in product(("api", "jobs"), (20, 40), ("api_call", "login")):
        LogEntry.objects.create(environment="production", category=category, level=level, action=action)


def _events() -> None:
    for number in (1, 2, 7):
        AuditEvent.objects.create(
            environment="production",
            actor_kind="kind1",
            actor_id="somebody",
            subject_kind="kind1",
            subject_id=str(number),
            action=f"product.{number}",
        )


@pytest.mark.spec("LOG-02", "LOG-17")
def test_combined_filters_find_what_each_of_them_leaves() -> None:
    LogEntry.objects.all().delete()
    pick = random.Random(7)
    for number in range(300):
        LogEntry.objects.create(
            at=now() - timedelta(minutes=number // 2),
            environment=pick.choice(("production", "", "staging")),
            category=pick.choice(("api", "jobs", "system")),
            level=pick.choice((20, 30)),
            action=pick.choice(("api_call", "login", "logout")),
        )
    for category, level, action in product(("", "api", "webhooks"), (0, 30), ("", "login", "x")):
        chosen = {"category": category, "level": level, "action": action}
        wanted = {name: value for name, value in chosen.items() if value}
        asked = Newest("log_entries", HERE, (), (Combined(LOG, {name: (one,) for name, one in wanted.items()}),))
        rows = LogEntry.objects.filter(environment__in=HERE, **wanted).order_by("-at", "-pk")
        ids = list(rows.values_list("pk", flat=True))
        assert newest.page(asked, 25, down=True) == ids[:25]
        assert newest.count(asked) == (len(ids), False)
        if ids:
            place = Place(LogEntry.objects.get(pk=ids[4]).at, ids[4])
            assert newest.page(asked, 25, down=True, after=place) == ids[5:30]
            assert newest.page(asked, 25, down=False, after=place) == ids[:4][::-1]


@pytest.mark.spec("LOG-02")
@pytest.mark.parametrize(
    ("column", "index"), [("ip", "log_ip"), ("license_start", "log_license"), ("key_start", "log_key")]
)
def test_a_beginning_is_found_by_index(column: str, index: str) -> None:
    begins = starts(column, "10.7.")
    condition = begins if column == "ip" else Condition(f"{begins.sql} AND NOT ({column} = '')", begins.values)
    assert re.search(rf"\b{index}\b", _plan(Newest("log_entries", ("production",), (), (condition,))))


@pytest.mark.spec("LOG-17")
def test_the_declared_indexes_are_there() -> None:
    for model in (LogEntry, AuditEvent):
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        assert {one.name for one in model._meta.indexes} <= set(found)


@pytest.mark.spec("LOG-02")
def test_beginnings_are_found_whether_few_or_many_values_have_them() -> None:
    LogEntry.objects.all().delete()
    for number in range(150):
        LogEntry.objects.create(
            at=now() - timedelta(minutes=number // 2),
            environment=("production", "", "staging")[number % 3],
            category=("api", "jobs")[number // 3 % 2],
            action="api_call",
            license_start=f"{'FEW' if number % 5 else 'MANY'}-{number % 4 if number % 5 else number}",
        )
    # More values than are looked for one by one.
    for number in range(60):
        LogEntry.objects.create(environment="production", category="api", action="x", license_start=f"MANY-{number}b")
    besides = Condition("NOT (license_start = '')")
    for text in ("FEW-", "FEW-1", "MANY-", "MANY_", "NONE"):
        for category, most in (("", ()), ("jobs", ()), ("api", ("api", 20, "api_call"))):
            among = Combined(LOG, {"category": (category,)}, most=most) if category else None
            asked = Newest("log_entries", HERE, (), (Beginning("license_start", text, besides, among),))
            rows = LogEntry.objects.filter(environment__in=HERE, license_start__startswith=text)
            rows = rows.filter(category=category) if category else rows
            ids = list(rows.order_by("-at", "-pk").values_list("pk", flat=True))
            assert newest.page(asked, 25, down=True) == ids[:25]
            assert newest.count(newest.prepared(asked)) == (len(ids), False)
