"""How long pages of the audit trail and of the system log take, whole: run with the settings of a filled database.

Every filter alone and with every other one, from the start and from the middle of the table; the whole answer of
Django, in this process, the median of three (or of as many as are named) after one that warms. `trail_rows.sql`
fills a database of PostgreSQL.
"""

import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from hashlib import md5
from itertools import combinations
from urllib.parse import urlencode
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from keyturn.access.actors import system  # noqa: E402
from keyturn.core.clock import now  # noqa: E402
from keyturn.people.admins import services as admins  # noqa: E402
from keyturn.people.admins.models import Admin  # noqa: E402

Query = dict[str, str]
TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 3
LIMIT = 200
PERSON = ("trails@keyturn.example", "correct horse battery")


def _named(text: str) -> str:
    """A UUID as `trail_rows.sql` makes them."""
    return str(UUID(md5(text.encode(), usedforsecurity=False).hexdigest()))


def _day(ago: int) -> str:
    return (now() - timedelta(days=ago)).date().isoformat()


AUDIT: dict[str, list[Query]] = {
    "actor": [{"actor": one} for one in ("customer", "admin", _named("admin0"))],
    "action": [{"action": one} for one in ("customer.signed_in", "license.revoked", "contract.created")],
    "type": [{"type": one} for one in ("license", "contract", "settings")],
    "record": [{"record": _named(one)} for one in ("product3", "customer0", "webhook7")],
    "by": [{"actor_id": _named(one)} for one in ("key0", "customer5")],
    "date": [{"at": "7-days"}, {"at_from": _day(400), "at_to": _day(370)}],
}
LOGS: dict[str, list[Query]] = {
    "level": [{"level": one} for one in ("info", "warning", "error")],
    "category": [{"category": one} for one in ("api", "jobs", "system", "blocked")],
    "action": [{"action": one} for one in ("api_call", "login", "server_error")],
    "date": [{"at": "24-hours"}, {"at": "7-days"}, {"at_from": _day(60), "at_to": _day(59)}],
    "search": [
        {"search": one} for one in ("expired", "203.0.113.7", "203.", "PRO-", "PRO-00FF", "kt_live_", "license")
    ],
    "search nothing": [{"search": "nosuchthing"}],
    "order": [{"sort": one} for one in ("level", "action", "resource", "user", "ip")],
}


def main() -> None:
    """Measure and print a table, in Markdown."""
    client = _client()
    print(f"{connection.vendor}: {_rows('audit_events'):,} events, {_rows('log_entries'):,} entries\n")
    print(f"| ms: p50 / p95 / max | pages | {connection.vendor} | slowest |\n|---|---|---|---|")
    for title, path, filters, back in (("audit trail", "audit-trails", AUDIT, 365), ("logs", "logs", LOGS, 45)):
        found: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for group, query in _queries(filters, back):
            url = f"/admin/{path}?{urlencode(query)}"
            found[group].append((_time(client, url), urlencode(query)))
            if found[group][-1][0] > LIMIT:
                print(f"{found[group][-1][0]:.0f} ms {url}", file=sys.stderr, flush=True)
        for group, times in found.items():
            ordered = sorted(times)
            p50, p95 = statistics.median(t for t, _ in ordered), ordered[int(len(ordered) * 0.95)][0]
            print(f"| {title}, {group} | {len(times)} | {p50:.0f} / {p95:.0f} / {ordered[-1][0]:.0f} | ", end="")
            print(f"`{ordered[-1][1][:60]}` |", flush=True)


def _queries(filters: dict[str, list[Query]], back: int) -> Iterator[tuple[str, Query]]:
    middle = {"from": f"after:{int((now() - timedelta(days=back)).timestamp()) * 1_000_000}-1"}
    alone = [query for queries in filters.values() for query in queries]
    pairs = [
        {**one, **other}
        for first, second in combinations(filters.values(), 2)
        for one in first
        for other in second
        if not one.keys() & other.keys()
    ]
    for name, queries in (("newest", [{}]), ("one filter", alone), ("two filters", pairs)):
        yield from ((name, query) for query in queries)
        # Orders other than time have no cursor.
        yield from ((f"{name}, from the middle", query | middle) for query in queries if "sort" not in query)


def _time(client: Client, url: str) -> float:
    times = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        answer = client.get(url)
        times.append((time.perf_counter() - start) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{url}: {answer.status_code}")
    return statistics.median(times[1:])


def _rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def _client() -> Client:
    settings.ALLOWED_HOSTS = ["*"]
    email, password = PERSON
    if not Admin.objects.filter(email=email).exists():
        admins.create(system("bench"), name="Trails", email=email, role="super_admin", password=password)
    client = Client()
    client.post("/admin/sign-in", {"email": email, "password": password})
    return client


if __name__ == "__main__":
    main()
