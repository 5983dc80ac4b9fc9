"""A web server on a database that lacks migrations says so, and goes on by itself once they are there."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from keyturn.config import readiness
from keyturn.config.upgrade import Upgraded

Answer = tuple[int, dict[str, str], bytes]


def _ask(application: Upgraded, path: str) -> Answer:
    seen: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], error: object = None) -> None:
        seen.update(status=int(status[:3]), headers=dict(headers))

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "testserver", "SERVER_PORT": "80"}
    body = b"".join(application({**environ, "wsgi.input": BytesIO(), "wsgi.url_scheme": "http"}, start))
    return seen["status"], seen["headers"], body


def _inside(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [])
    return [b"inside"]


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_database_that_is_behind(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "keyturn.sqlite3"
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}}
    monkeypatch.setattr(readiness, "_KEPT", -1)
    prepared: list[bool] = []
    application = Upgraded(_inside, lambda: prepared.append(True))
    with pytest.MonkeyPatch.context() as quiet:
        quiet.setattr(readiness, "CHECKS", {"secrets": lambda: None, **_only("database", "migrations")})
        assert _ask(application, "/admin/sign-in")[0] == 503, "the file is not there yet"
        with sqlite3.connect(file) as database:
            assert _ask(application, "/")[0] == 503, "an empty one"
            database.execute("CREATE TABLE django_migrations (app, name)")
            database.commit()
            status, headers, body = _ask(application, "/admin/sign-in")
            assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "30", "no-store")
            assert b"keyturn migrate" in body
            assert b'href="/admin/sign-in"' in body
            assert "script-src" in headers["Content-Security-Policy"]
            status, headers, body = _ask(application, "/api/v1/verify")
            assert (status, json.loads(body)["error"]["code"]) == (503, "UPGRADING")
            assert _ask(application, settings.STATIC_URL + "app.css")[2] == b"inside", "the page needs its style"
            database.executemany("INSERT INTO django_migrations VALUES (?, ?)", readiness._known())
            database.commit()
        assert _ask(application, "/admin/sign-in")[2] == b"inside"
        _until(lambda: len(prepared) == 2)


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_database_that_is_away_is_no_matter_of_migrations(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    away = {"ENGINE": "django.db.backends.postgresql", "NAME": "lost", "HOST": "127.0.0.1", "PORT": "1", "OPTIONS": {}}
    settings.DATABASES = {"default": {**settings.DATABASES["default"], **away}}
    monkeypatch.setattr(readiness, "_KEPT", -1)
    assert _ask(Upgraded(_inside, lambda: None), "/")[2] == b"inside"


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _only(*names: str) -> dict[str, Any]:
    return {name: readiness.CHECKS[name] for name in names}
