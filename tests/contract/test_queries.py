"""How many queries each page costs: the same for fifteen rows as for a hundred, and no more than reviewed.

Pages are found, not listed. queries.json holds the reviewed number of each; `pytest tests/contract/test_queries.py
--write-queries` writes it anew: read the difference before you commit it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern

from keyturn.core import clock
from tests.contract import world
from tests.contract.world import GUARDED, address
from tests.portals.conftest import ClientOf, admin_of, client_of

__all__ = ["admin_of", "client_of"]
pytestmark = pytest.mark.django_db
BASELINE = Path(__file__).with_name("queries.json")
SIZES = re.compile(r'<select id="per-page".*?</select>', re.DOTALL)


@pytest.fixture
def client(client_of: ClientOf) -> Iterator[Client]:
    """A Super Admin in an installation with more of everything than fits on a page."""
    world.build()
    world.crowd()
    # What is written once a minute would be counted for the page that it falls on.
    with clock.fixed(clock.now()):
        yield client_of("super_admin")


def _cost(client: Client, url: str) -> tuple[int, str]:
    """Queries of the second request, when what a process keeps is warm; and the page."""
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    html = answer.content.decode() if "text/html" in answer.get("Content-Type", "") else ""
    return len(queries), html if answer.status_code == 200 else ""


def _pages(client: Client) -> list[tuple[URLPattern, int, str]]:
    found = []
    for pattern in GUARDED:
        if "GET" in pattern.callback.declared_methods:
            count, html = _cost(client, address(pattern))
            if 'id="main"' in html:
                found.append((pattern, count, html))
    return found


def test_no_page_asks_more_for_more_rows(client: Client, request: pytest.FixtureRequest) -> None:
    """Each list with its shortest and its longest page; each page about a thing with little and with much."""
    costs, wrong = {}, []
    for pattern, count, html in _pages(client):
        costs[pattern.name] = count
        if sizes := SIZES.search(html):
            shortest, *_, longest = re.findall(r">(\d+)<", sizes[0])
            few, html = _cost(client, f"{address(pattern)}?per_page={shortest}")
            many, html = _cost(client, f"{address(pattern)}?per_page={longest}")
            if f">1–{longest}<" not in html:
                wrong.append(f"{pattern.name}: world.crowd() makes fewer than {longest} rows")
        elif 'id="results"' in html:
            wrong.append(f"{pattern.name}: world.crowd() makes no rows")
            continue
        else:
            few = count
            many, html = _cost(client, address(pattern, world.LARGE))
        if few != many:
            wrong.append(f"{pattern.name}: {few} queries for few rows, {many} for many")
    assert not wrong
    _compare(costs, write=request.config.getoption("--write-queries"))


def _compare(costs: dict[str, int], *, write: bool) -> None:
    if write:
        BASELINE.write_text(json.dumps(costs, indent=2, sort_keys=True) + "\n")
    reviewed = json.loads(BASELINE.read_text())
    dearer = {name: (reviewed.get(name), count) for name, count in costs.items() if count > reviewed.get(name, 0)}
    assert not dearer, f"New, or dearer than reviewed (reviewed, now): {dearer}. See the top of this file."
