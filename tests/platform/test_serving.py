"""Sending files: whole, in part, resumed after a break, and never shown by a browser."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from keyturn.platform.storage import services
from keyturn.platform.storage.places import Missing
from keyturn.platform.storage.serving import Stored, is_download, part_of, respond
from tests.platform.storage_places import write

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 4
SHA = "ab" * 32
AT = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
FILE = Stored("Kämpfer “2”.html", len(CONTENT), SHA, AT, "local", "tests/served")


@pytest.fixture(autouse=True)
def _stored(tmp_path: Path) -> Any:
    services.place("local").put(FILE.key, write(tmp_path / "x", CONTENT))
    yield
    services.place("local").delete(FILE.key)


def _get(method: str = "GET", **headers: str) -> HttpRequest:
    return RequestFactory().generic(method, "/x", headers=headers)


def _answer(method: str = "GET", **headers: str) -> tuple[int, bytes, Any]:
    request = _get(method, **headers)
    response = respond(request, FILE, part_of(request, FILE))
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, body, response


@pytest.mark.spec("DLD-31")
def test_a_file_is_saved_and_never_shown() -> None:
    status, body, response = _answer()
    assert (status, body) == (200, CONTENT)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    told = response["Content-Disposition"]
    assert told == "attachment; filename*=utf-8''K%C3%A4mpfer%20%E2%80%9C2%E2%80%9D.html"
    assert (response["ETag"], response["Accept-Ranges"]) == (f'"{SHA}"', "bytes")
    assert response["Content-Length"] == "1024"


@pytest.mark.spec("DLD-31")
@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, 1023),
        ("bytes=100-", 100, 1023),
        ("bytes=100-199", 100, 199),
        ("bytes=-24", 1000, 1023),
        ("bytes=-99999", 0, 1023),
        ("bytes=1000-99999", 1000, 1023),
        ("bytes = 5-6", 5, 6),
    ],
)
def test_a_part_is_sent(asked: str, start: int, end: int) -> None:
    status, body, response = _answer(Range=asked)
    assert (status, body) == (206, CONTENT[start : end + 1])
    assert response["Content-Range"] == f"bytes {start}-{end}/1024"
    assert response["Content-Length"] == str(len(body))


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused(asked: str) -> None:
    status, body, response = _answer(Range=asked)
    assert (status, body, response["Content-Range"]) == (416, b"", "bytes */1024")


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=0-1,5-6", "lines=0-5", "bytes=-", "bytes=a-b", "0-5"])
def test_what_is_not_understood_answers_the_whole(asked: str) -> None:
    assert _answer(Range=asked)[:2] == (200, CONTENT)


def test_a_download_goes_on_only_with_the_same_file() -> None:
    same = ({"If-Range": f'"{SHA}"'}, {"If-Range": "Sat, 31 Jan 2026 08:00:00 GMT"})
    other = ({"If-Range": '"cd"'}, {"If-Range": f'W/"{SHA}"'}, {"If-Range": "Sun, 01 Feb 2026 08:00:00 GMT"})
    assert [_answer(Range="bytes=9-", **headers)[0] for headers in same] == [206, 206]
    assert [_answer(Range="bytes=9-", **headers)[0] for headers in other] == [200, 200, 200]


def test_head_tells_the_length_without_the_bytes() -> None:
    status, body, response = _answer("HEAD", Range="bytes=5-")
    assert (status, body, response["Content-Length"]) == (200, b"", "1024")


@pytest.mark.spec("DLD-34")
def test_only_the_beginning_counts_as_a_download() -> None:
    assert [part_of(_get(Range=asked), FILE).begins for asked in ("", "bytes=0-", "bytes=9-", "bytes=2000-")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.spec("DLD-34")
@pytest.mark.parametrize("known", [f'"{SHA}"', f'W/"{SHA}"', f'"other", "{SHA}"', "*"])
def test_who_has_the_file_is_told_so(known: str) -> None:
    for headers in ({"If-None-Match": known}, {"If-None-Match": known, "Range": "bytes=0-9"}):
        request = _get(**headers)
        part = part_of(request, FILE)
        response = respond(request, FILE, part)
        assert (response.status_code, response["ETag"], response.streaming) == (304, f'"{SHA}"', False)
        assert not is_download(request, part, response)
    assert _answer(**{"If-None-Match": '"other"'})[0] == 200


def test_a_file_that_is_gone_is_missing() -> None:
    services.place("local").delete(FILE.key)
    for method in ("GET", "HEAD"):
        request = _get(method)
        with pytest.raises(Missing):
            respond(request, FILE, part_of(request, FILE))


def test_slow_readers_leave_threads_for_others() -> None:
    running = []
    while (response := respond(_get(), FILE, part_of(_get(), FILE))).status_code == 200:
        running.append(response)
    assert (len(running), response.status_code, response["Retry-After"]) == (4, 503, "60")
    assert _answer("HEAD")[0] == 200
    running.pop().close()
    assert _answer()[0] == 200
    half_read = iter(running[0])
    next(half_read)
    assert _answer()[0] == 200
    del half_read, running, response
    assert [_answer()[0] for _ in range(6)] == [200] * 6
