"""From a WSGI request to a Call, and from a body to the WSGI answer."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.client import responses
from io import BytesIO
from typing import Any, Final

from keyturn.api import params
from keyturn.core.http import client_ip, note_request_id
from keyturn.people.apikeys import idempotency

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

BODY_LIMIT: Final = 1024 * 1024
_PATIENCE: Final = 32 * BODY_LIMIT
_PATH: Final = re.compile(r"/+(?:(?:api|v1)/+)*v1/+([^/][\s\S]*)")


class Problem(Exception):
    """A request that never reaches an endpoint: {"error": {code, message}}."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.headers = headers
        self.body = json.dumps({"error": {"code": code, "message": message}}, separators=(",", ":")).encode()


@dataclass(slots=True)
class Call:
    """One API request, read and merged. `secret` is the API key, or empty; so is `token`, the idempotency key.

    `size` is that of the body in bytes.
    """

    endpoint: str
    method: str
    params: Mapping[str, Any]
    secret: str
    ip: str
    user_agent: str
    wish: str
    request_id: str
    started: float
    token: str = ""
    size: int = 0

    def micros(self) -> int:
        """Microseconds since the request arrived."""
        return int((time.perf_counter() - self.started) * 1_000_000)


def endpoint_of(path: str) -> str | None:
    """The endpoint that an address names under any base path, or None when it is not an API address."""
    # Slashes at the end go first: a pattern would try each of them against all that follow.
    found = _PATH.fullmatch(path.rstrip("/"))
    return found[1] if found else None


def read_call(environ: Environ, endpoint: str, body: bytes) -> Call:
    """The call in a request whose body is already read. Raises Problem when it cannot be parsed."""
    started = time.perf_counter()
    method = environ["REQUEST_METHOD"]
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() not in ("", "identity"):
        raise Problem(415, "UNSUPPORTED_ENCODING", "Send the body without compression.")
    try:
        given = params.read(environ.get("QUERY_STRING", ""), environ.get("CONTENT_TYPE", ""), body, method)
    except params.Malformed as error:
        raise Problem(400, "BAD_REQUEST", str(error)) from error
    return Call(
        endpoint,
        method,
        given,
        _secret(environ, given),
        client_ip(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR")),
        environ.get("HTTP_USER_AGENT", ""),
        environ.get("HTTP_X_RESPONSE_PROFILE", "").lower(),
        note_request_id(environ),
        started,
        _token(environ, given) if method == "POST" else "",
        len(body),
    )


def _token(environ: Environ, given: Mapping[str, Any]) -> str:
    token: str = environ.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    token = token or next((found for name in idempotency.NAMES if (found := params.text(given, name))), "")
    if len(token) > idempotency.LENGTH:
        raise Problem(400, "BAD_REQUEST", f"Send an idempotency key of at most {idempotency.LENGTH} characters.")
    return token


def _secret(environ: Environ, given: Mapping[str, Any]) -> str:
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return str(token.strip())
    return environ.get("HTTP_X_API_KEY", "").strip() or params.text(given, "api_key")


def read_body(environ: Environ, limit: int) -> bytes:
    """The whole body, also a chunked one; afterwards the environ has it again, with its length.

    Raises Problem 413 above `limit` bytes.
    """
    length = environ.get("CONTENT_LENGTH", "")
    declared = int(length) if length.isascii() and length.isdigit() else 0
    chunked = not length and "HTTP_TRANSFER_ENCODING" in environ
    if not chunked and not declared:
        return b""
    stream = environ["wsgi.input"]
    body: bytes = b"" if declared > limit else stream.read(declared or limit + 1)
    if max(declared, len(body)) > limit:
        _discard(stream, declared)
        raise Problem(413, "PAYLOAD_TOO_LARGE", f"Send at most {limit // 1024} KB.")
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return body


def let_through(environ: Environ, limit: int) -> None:
    """Leave a large body of known length where it is, for who writes it down piece by piece; else as `read_body`."""
    length = environ.get("CONTENT_LENGTH", "")
    if not (length.isascii() and length.isdigit() and BODY_LIMIT < int(length) <= limit):
        read_body(environ, limit)


def _discard(stream: Any, declared: int) -> None:
    """Read on for a while: a client that is still sending would miss the answer."""
    left = min(declared or _PATIENCE, _PATIENCE)
    while left > 0 and (piece := stream.read(min(left, BODY_LIMIT))):
        left -= len(piece)


def answer(start: StartResponse, environ: Environ, status: int, body: bytes, **headers: str) -> list[bytes]:
    """Send JSON. Header names are given with underscores."""
    start(
        f"{status} {responses.get(status, '')}",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", note_request_id(environ)),
            *((name.replace("_", "-"), value) for name, value in headers.items()),
        ],
        sys.exc_info() if sys.exc_info()[0] else None,
    )
    return [body]
