"""What a log line shows, and what it hides."""

import json
import logging
import sys

from django.test import RequestFactory
from django.urls import ResolverMatch

from keyturn.core import logs


def record(name: str, message: str, *, failed: bool = False) -> logging.LogRecord:
    error = None
    if failed:
        try:
            raise ValueError("Key (email)=(ada@example.com) already exists")
        except ValueError:
            error = sys.exc_info()
    return logging.LogRecord(name, logging.WARNING, "file.py", 1, message, None, error)


def test_a_json_line_carries_the_request_and_its_fields() -> None:
    told = record("keyturn.requests", "GET customer/login 200")
    told.fields = {"status": 200, "ms": 1.5}
    with logs.within("r-1"):
        line = json.loads(logs.Json().format(told))
    assert line["time"].endswith("+00:00")
    assert {name: line[name] for name in ("level", "request_id", "status", "ms")} == {
        "level": "warning",
        "request_id": "r-1",
        "status": 200,
        "ms": 1.5,
    }
    assert "request_id" not in json.loads(logs.Json().format(told)), "the request is over"


def test_foreign_lines_and_exceptions_are_redacted_in_both_formats() -> None:
    for formatter in (logs.Json(), logs.Text()):
        line = formatter.format(record("django.request", "Not Found: /ada@example.com", failed=True))
        assert "ada@" not in line
        assert "[hidden]" in line
    assert "\n" not in logs.Json().format(record("keyturn", "first\nsecond", failed=True))


def test_an_address_is_told_by_its_pattern(rf: RequestFactory) -> None:
    """License keys of any form stand in addresses."""
    told = record("django.request", "Not Found: /customer/licenses/KEY1")
    told.request = rf.get("/customer/licenses/KEY1")
    assert "Not Found: an unknown address" in logs.Text().format(told)
    told.request.resolver_match = ResolverMatch(print, (), {}, route="customer/login")
    assert "Not Found: customer/login" in logs.Text().format(told)
