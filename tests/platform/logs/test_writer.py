"""Log entries are written later, in batches, and cost their request nothing."""

import pytest
from pytest_django import DjangoAssertNumQueries

from keyturn.core.db import Shared
from keyturn.platform.logs import writer
from keyturn.platform.logs.lines import DEBUG, ERROR, INFO, WARNING, Line
from keyturn.platform.logs.models import Category
from keyturn.platform.preferences import services as preferences
from tests.logs import Logged

pytestmark = pytest.mark.django_db


@pytest.mark.spec("LOG-14", "SET-76")
def test_logging_asks_nothing_of_the_database(
    logged: Logged, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        for number in range(200):
            writer.emit(Line(Category.API, "api_call", ip=f"203.0.113.{number}"))
    # The switches, and one statement between the ends of a transaction.
    with django_assert_num_queries(1 + 3):
        assert writer.flush(Shared()) == 200
    assert [entry.ip for entry in logged()] == [f"203.0.113.{number}" for number in range(200)]


@pytest.mark.spec("LOG-10", "SET-71", "SET-72", "SET-73", "SET-74")
@pytest.mark.parametrize(
    ("switch", "silenced"),
    [
        ("logging.dashboard", {("dashboard", INFO), ("portal", INFO)}),
        ("logging.api", {("api", INFO)}),
        ("logging.api_failed", {("api", WARNING), ("api", ERROR)}),
        ("logging.blocked", {("blocked", WARNING)}),
    ],
)
def test_each_switch_works_alone_and_at_once(logged: Logged, switch: str, silenced: set[tuple[str, int]]) -> None:
    every = [("dashboard", INFO), ("portal", INFO), ("api", INFO), ("api", WARNING), ("api", ERROR), ("jobs", INFO),
             ("blocked", WARNING), ("system", INFO), ("webhooks", INFO)]  # fmt: skip
    preferences.set_value(switch, False)
    for category, level in every:
        writer.emit(Line(category, "x", level))
    assert {(entry.category, entry.level) for entry in logged()} == set(every) - silenced


@pytest.mark.spec("LOG-04")
def test_details_for_debugging_are_not_kept_unless_asked_for(logged: Logged, caplog: pytest.LogCaptureFixture) -> None:
    writer.emit(Line(Category.JOBS, "job_completed", DEBUG))
    assert logged() == []
    caplog.set_level("DEBUG", "keyturn.platform.logs.writer")
    writer.emit(Line(Category.JOBS, "job_completed", DEBUG))
    assert [entry.level for entry in logged()] == [DEBUG]


@pytest.mark.spec("LOG-14")
def test_what_no_database_takes_is_mended(logged: Logged) -> None:
    writer.emit(Line(Category.API, "api_call" * 20, request_id="x" * 99, context={"a\0": ["\ud800b\0", {"c": "\0"}]}))
    (entry,) = logged()
    assert (len(entry.action), entry.context) == (60, {"a": ["b", {"c": ""}]})


@pytest.mark.spec("LOG-14")
def test_a_failure_keeps_what_waits(logged: Logged) -> None:
    writer.emit(Line(Category.API, "api_call"))

    class Broken(Shared):
        def insert(self, table: str, columns: object, rows: object) -> None:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        writer.flush(Broken())
    assert len(logged()) == 1


@pytest.mark.spec("LOG-14")
def test_what_cannot_be_put_into_words_keeps_no_other_waiting(logged: Logged, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Line:
        raise LookupError

    writer.emit(broken)
    writer.emit(lambda: Line(Category.API, "api_call"))
    assert [entry.action for entry in logged()] == ["api_call"]
    assert "could not be made" in caplog.text


def test_too_many_at_once_are_counted(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST", 2)
    for _ in range(5):
        writer.emit(Line(Category.API, "api_call"))
    assert [entry.action for entry in logged()] == ["api_call", "api_call", "log_entries_lost"]
    assert logged()[-1].context == {"count": 3}


@pytest.mark.spec("LOG-13")
def test_a_refused_address_gathers_a_score(logged: Logged) -> None:
    for ip in ("203.0.113.9", "203.0.113.9", "198.51.100.1"):
        writer.emit(Line(Category.BLOCKED, "api_call", WARNING, ip=ip))
    writer.flush(Shared())
    writer.emit(Line(Category.BLOCKED, "api_call", WARNING, ip="203.0.113.9"))
    assert [entry.context["threat_score"] for entry in logged()] == [1, 2, 1, 3]
