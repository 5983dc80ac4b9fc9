"""Log lines: plain text, or one JSON object a line. Neither shows secrets or personal data of foreign code."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from keyturn.core.redaction import redact

FORMATS: Final = ("text", "json")
_request: ContextVar[str] = ContextVar("request", default="")


@contextmanager
def within(request_id: str) -> Iterator[None]:
    """Lines written inside carry the identifier of the request."""
    token = _request.set(request_id)
    try:
        yield
    finally:
        _request.reset(token)


class Text(logging.Formatter):
    """Time, level, logger, message."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        record.message = _message(record)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        return redact(super().formatException(ei))


class Json(logging.Formatter):
    """One object a line; `extra={"fields": {...}}` of a call is merged into it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if identity := _request.get():
            line["request_id"] = identity
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    text, request = record.getMessage(), getattr(record, "request", None)
    if request is not None and len(request.path) > 1:
        # Django names the address, which may hold a license key or a token; its pattern says as much.
        match = request.resolver_match
        text = text.replace(request.path, match.route if match else "an unknown address")
    # Our own lines name things by their UUIDs, which redaction would take for keys; others may name anything.
    return text if record.name.startswith("keyturn") else redact(text)


def configuration(format: str, level: str) -> dict[str, Any]:
    """The argument of logging.config.dictConfig; `format` is text or json."""
    formatter = Json if format == "json" else Text
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
    }
