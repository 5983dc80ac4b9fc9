"""How long the lists take at a million customers and three million licenses, on both engines.

Fills what is empty (a quarter of an hour per engine for the whole size), asks every list in every
order, and prints a markdown table. Times are those of the data: page, total and license counts, with
models made; no HTTP and no template. `naive` is the query that comes to mind first.

KEYTURN_BENCH_POSTGRES (a URL) and KEYTURN_BENCH_FOLDER name databases to keep and measure again;
without them both are made for this run.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from tempfile import TemporaryDirectory

from tests.bench import cluster

ORDERS = [(sort, direction) for sort in ("name", "email", "joined") for direction in ("asc", "desc")]
CUSTOMER_TERMS = {
    "1 character": ["a", "q", "7", "_", "é", "~"],
    "2 characters": ["jo", "qx", "@g", "zz", "ø", "7_"],
    "common": ["john", "@gmail.com", "smith", "company"],
    "rare": ["zanele d", "johnsmith10", "o'brien1", "katherine.lindqvist"],
    "no match": ["nosuchperson", "xqzzy", "100%_", "🦊"],
}
LICENSE_TERMS = {
    "1 character": ["a", "q", "7", "_", "~"],
    "2 characters": ["jo", "qx", "@g", "0-", "##"],
    "common": ["pro-", "john", "@gmail.com", "wc-1", "pro app"],
    "rare": ["wc-123456", "zanele d", "abcd", "katherine.lindqvist"],
    "no match": ["nosuchperson", "i0o1s5", "100%_", "🦊"],
}
Case = Callable[[], object]


def main(customers: int, licenses: int, engines: list[str]) -> None:
    """Measure each engine in a process of its own, and print them side by side."""
    found = {}
    if "postgresql" in engines:
        kept = os.environ.get("KEYTURN_BENCH_POSTGRES", "")
        with nullcontext(kept) if kept else cluster.server() as url, TemporaryDirectory() as folder:
            found["PostgreSQL"] = _run(customers, licenses, url, folder)
    if "sqlite" in engines:
        kept = os.environ.get("KEYTURN_BENCH_FOLDER", "")
        with nullcontext(kept) if kept else TemporaryDirectory() as folder:
            found["SQLite"] = _run(customers, licenses, "", folder)
    print(table(found))


def _run(customers: int, licenses: int, url: str, folder: str) -> dict[str, list[float]]:
    environment = {
        **os.environ,
        "KEYTURN_DATABASE_URL": url,
        "KEYTURN_DATA_DIR": folder,
        "KEYTURN_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "keyturn.config.settings",
    }
    words = [sys.executable, "-m", "tests.bench.lists", str(customers), str(licenses)]
    run = subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    times: dict[str, list[float]] = json.loads(run.stdout.splitlines()[-1])
    return times


def table(found: dict[str, dict[str, list[float]]]) -> str:
    """Markdown: one line for a group of requests, p50 / p95 / max in ms for each engine."""
    lines = ["| ms: p50 / p95 / max | requests | " + " | ".join(found) + " |", "| --- " * (2 + len(found)) + "|"]
    for group, first in next(iter(found.values())).items():
        cells = [_cell(times[group]) for times in found.values()]
        lines.append(f"| {group} | {len(first)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(times: list[float]) -> str:
    ordered = sorted(times)
    return f"{statistics.median(ordered):.1f} / {ordered[int(len(ordered) * 0.95)]:.0f} / {ordered[-1]:.0f}"


def measure(customers: int, licenses: int) -> dict[str, list[float]]:
    """Milliseconds of every request, by group."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _fill(customers, licenses)
    times: dict[str, list[float]] = {}
    for group, cases in groups():
        times[group] = [_time(case) for case in cases]
        slow = [f"{value:.0f}" for value in times[group] if value > 100]
        print(f"{group}: {_cell(times[group])} {' '.join(slow)}", file=sys.stderr, flush=True)
    return times


def groups() -> Iterator[tuple[str, list[Case]]]:
    """Every group of requests; the held-out terms were in nobody's hand when the rules were made."""
    from keyturn.access.actors import system
    from keyturn.licensing.licenses import lists
    from keyturn.licensing.licenses.lists import Filters
    from keyturn.licensing.licenses.models import License
    from keyturn.licensing.products.models import Product
    from keyturn.people.customers import lists as people
    from keyturn.people.customers.models import Customer

    actor = system("bench", "production")

    def customer(term: str = "", **how: object) -> Case:
        def ask() -> object:
            page = people.page(term, **how)  # type: ignore[arg-type]
            return lists.counts_by_customer(page.rows)

        return ask

    def license(term: str = "", filters: Filters = lists.NO_FILTERS, **how: object) -> Case:
        return lambda: lists.page(actor, term, filters, **how)  # type: ignore[arg-type]

    by = [{"sort": sort, "direction": direction} for sort, direction in ORDERS]
    yield "customers, each order", [customer(**how) for how in by * 3]
    yield "customers, page 600", [customer(number=600, **how) for how in by]
    yield "customers, by status", [customer(status=status, **how) for how in by for status in ("active", "suspended")]
    for group, terms in CUSTOMER_TERMS.items():
        yield f"customers, {group}", [customer(term, **how) for term in terms for how in by]
    held_out = list(_substrings(Customer, ("name", "email"), 150))
    yield "customers, 150 held-out terms", [customer(term, **by[n % 6]) for n, term in enumerate(held_out)]
    yield "customers, naive", [_naive_customers(term) for term in ("a", "john", "zanele d", "nosuchperson")]
    ways = [{"sort": sort, "direction": direction} for sort in lists.SORTS for direction in ("asc", "desc")]
    yield "licenses, newest first", [license()] * 10
    yield "licenses, each order", [license(**how) for how in ways]
    product = Product.objects.order_by("pk")[0].uuid
    narrow = [
        Filters(product=product),
        Filters(status="active"),
        Filters(status="revoked"),
        Filters(status="suspended", product=product),
        Filters(source="import"),
        Filters.expiring(30),
        Filters.expiring(30, status="active"),
    ]
    yield "licenses, filtered, newest first", [license("", filters) for filters in narrow]
    yield "licenses, filtered, each order", [license("", filters, **how) for filters in narrow for how in ways]
    for group, terms in LICENSE_TERMS.items():
        yield f"licenses, {group}", [license(term) for term in terms for _ in range(2)]
    held_out = list(_substrings(License, ("license_key", "order_reference"), 60))
    held_out += list(_substrings(Customer, ("name", "email"), 60))
    yield "licenses, 120 held-out terms", [license(term) for term in held_out]
    searched = [license(term, **how) for terms in LICENSE_TERMS.values() for term in terms[:2] for how in ways]
    yield "licenses, searched, each order", searched
    yield (
        "licenses, searched and filtered",
        [license(terms[1], filters) for terms in LICENSE_TERMS.values() for filters in narrow],
    )
    yield "licenses, naive", [_naive_licenses(term) for term in ("john", "nosuchperson")]


def _naive_customers(term: str) -> Case:
    from django.db.models import Count, Q

    from keyturn.people.customers.models import Customer

    def ask() -> object:
        found = Customer.objects.filter(Q(name__icontains=term) | Q(email__icontains=term))
        rows = found.annotate(owned=Count("licenses")).order_by("-joined_at", "-id")[:15]
        return list(rows), found.count()

    return ask


def _naive_licenses(term: str) -> Case:
    from django.db.models import Q

    from keyturn.licensing.licenses.models import License

    def ask() -> object:
        columns = ("license_key", "order_reference", "customer__name", "customer__email", "product__name")
        wanted = Q()
        for column in columns:
            wanted |= Q(**{f"{column}__icontains": term})
        found = License.objects.select_related("product", "customer").filter(wanted, environment="production")
        return list(found.order_by("-created_at", "-id")[:15]), found.count()

    return ask


def _substrings(model: type, columns: tuple[str, ...], count: int) -> Iterator[str]:
    pick = random.Random(20_261_121)
    last = model.objects.order_by("-pk")[0].pk  # type: ignore[attr-defined]
    while count:
        row = model.objects.filter(pk=pick.randint(1, last)).values_list(*columns).first()  # type: ignore[attr-defined]
        text = pick.choice([value for value in row or () if value] or [""])
        if text:
            start, length = pick.randrange(len(text)), pick.randint(1, 8)
            if term := text[start : start + length].strip():
                count -= 1
                yield term


def _time(case: Case) -> float:
    start = time.perf_counter()
    case()
    return (time.perf_counter() - start) * 1000


def _fill(customers: int, licenses: int) -> None:
    from keyturn.access.actors import system
    from keyturn.licensing.generators.models import Generator
    from keyturn.operations.demo import SEED, bulk, catalog
    from keyturn.people.customers.models import Customer

    if Customer.objects.exists():
        return
    catalog.build(system("bench", "production"))
    bulk.fill(
        customers,
        licenses,
        list(Generator.objects.order_by("pk")),
        SEED,
        lambda line: print(line, file=sys.stderr, flush=True),
    )


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
