"""Lists as files: formats, hostile cells, rows written as they are read."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from keyturn.portals.ui.lists.export import ExportField, as_csv, as_json

FIELDS = (
    ExportField("Name", "owner.name"),
    ExportField("Limit", "limit"),
    ExportField("Due On", lambda row: row.due),
    ExportField("2FA", "safe", name="two_factor"),
)


def _row(name: object, limit: object = 1, due: object = None, safe: object = False) -> SimpleNamespace:
    return SimpleNamespace(owner=SimpleNamespace(name=name), limit=limit, due=due, safe=safe)


ROWS = [
    _row("Émilie, “the boss”", -1, datetime(2026, 1, 26, 15, 36, 55, tzinfo=UTC), True),
    _row('two\nlines "quoted"', None),
]


def _read(fields: tuple[ExportField, ...], rows: list[Any]) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(as_csv(fields, rows)), newline="")))


@pytest.mark.spec("CUS-09", "LIC-09")
def test_csv() -> None:
    assert _read(FIELDS, ROWS) == [
        ["Name", "Limit", "Due On", "2FA"],
        ["Émilie, “the boss”", "-1", "2026-01-26T15:36:55Z", "yes"],
        ['two\nlines "quoted"', "", "", "no"],
    ]


@pytest.mark.spec("CUS-09", "LIC-09")
def test_json() -> None:
    assert json.loads("".join(as_json(FIELDS, ROWS))) == [
        {"name": "Émilie, “the boss”", "limit": -1, "due_on": "2026-01-26T15:36:55Z", "two_factor": True},
        {"name": 'two\nlines "quoted"', "limit": None, "due_on": None, "two_factor": False},
    ]
    assert json.loads("".join(as_json(FIELDS, []))) == []


@pytest.mark.spec("CUS-09", "LIC-09")
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_no_cell_becomes_a_formula(text: str) -> None:
    rows = _read((ExportField("Name", "owner.name"),), [_row(text)])
    assert rows[1] == [f"'{text}"]


@pytest.mark.spec("CUS-09", "LIC-09")
@pytest.mark.parametrize("write", [as_csv, as_json])
def test_rows_are_written_as_they_are_read(write: Any) -> None:
    read = 0

    def many() -> Iterator[SimpleNamespace]:
        nonlocal read
        for number in range(10_000):
            read += 1
            yield _row(f"Person {number}")

    lines = write(FIELDS, many())
    next(lines)
    next(lines)
    assert read <= 400
    assert "".join(lines).count("Person") == 10_000 - (400 if write is as_json else 200)
