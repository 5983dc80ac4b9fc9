"""Sending a stored file, whole or from where a download broke off (RFC 9110, section 14)."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, http_date, parse_etags, parse_http_date_safe

from keyturn.platform.storage import services

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
# Slow readers must not take every thread from those who sign in and verify.
_RUNNING = threading.BoundedSemaphore(settings.DOWNLOADS_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it is sent: under which name, and where its bytes lie. `sha256` is its ETag."""

    name: str
    size: int
    sha256: str
    modified: datetime
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Part:
    """What of a file is asked for. `start` beyond the end says that nothing of it can be sent."""

    start: int
    length: int
    whole: bool

    @property
    def begins(self) -> bool:
        """Whether a download starts with it, rather than goes on."""
        return self.start == 0 and self.length >= 0


def part_of(request: HttpRequest, file: Stored) -> Part:
    """What the headers Range and If-Range ask for; anything unusual means the whole file."""
    whole = Part(0, file.size, whole=True)
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or request.method != "GET" or not _unchanged(request, file):
        return whole
    first, last = found.groups()
    if not first and not last:
        return whole
    if not first:
        start, end = max(file.size - int(last), 0), file.size - 1
    else:
        start, end = int(first), min(int(last), file.size - 1) if last else file.size - 1
        if last and int(last) < start:
            return whole
    if start >= file.size or (not first and not int(last)):
        return Part(file.size, -1, whole=False)
    return Part(start, end - start + 1, whole=False)


def respond(request: HttpRequest, file: Stored, part: Part) -> HttpResponseBase:
    """The bytes, streamed; 304 for who has them, 503 while too many downloads run. Browsers never show them.

    Raises Missing, Unavailable.
    """
    if _is_held(request, file):
        return HttpResponse(status=304, headers={"ETag": _etag(file), "Cache-Control": "private, no-cache"})
    if part.length < 0:
        refusal = HttpResponse(status=416, content_type="text/plain")
        refusal["Content-Range"] = f"bytes */{file.size}"
        return refusal
    place = services.place(file.kind)
    response: HttpResponseBase
    if request.method != "HEAD" and not _RUNNING.acquire(blocking=False):
        busy = HttpResponse("Too many downloads are running. Try again in a minute.", "text/plain", 503)
        busy["Retry-After"] = "60"
        return busy
    if request.method == "HEAD":
        place.size(file.key)
        response = HttpResponse(content_type="application/octet-stream")
    else:
        try:
            pieces = place.read(file.key, part.start, part.length)
        except BaseException:
            _RUNNING.release()
            raise
        response = StreamingHttpResponse(_Running(pieces), content_type="application/octet-stream")
    if not part.whole:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.start + part.length - 1}/{file.size}"
    response["Content-Length"] = str(part.length)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = _etag(file)
    response["Last-Modified"] = http_date(file.modified.timestamp())
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    # Should a browser show it all the same, it runs nothing.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def is_download(request: HttpRequest, part: Part, response: HttpResponseBase) -> bool:
    """Whether `response` begins a download, to be counted as one."""
    return part.begins and request.method == "GET" and response.status_code in (200, 206)


class _Running:
    """The bytes of a download that takes a thread until it is through, given up or forgotten."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._end = iter((_RUNNING.release,))

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        finally:
            self.close()

    def close(self) -> None:
        """Let another download begin; only the first call does."""
        for release in self._end:
            release()

    __del__ = close


def _etag(file: Stored) -> str:
    return f'"{file.sha256}"'


def _is_held(request: HttpRequest, file: Stored) -> bool:
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    return any(tag.removeprefix("W/") in (_etag(file), "*") for tag in tags)


def _unchanged(request: HttpRequest, file: Stored) -> bool:
    known = request.headers.get("If-Range", "")
    if not known or known == _etag(file):
        return True
    return parse_http_date_safe(known) == int(file.modified.timestamp())
