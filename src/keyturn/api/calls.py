"""API calls in the system log (LOG-12, LOG-13). Nothing here touches the database: a thread writes it later."""

import traceback
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from keyturn.api import codes, params
from keyturn.api.transport import Call, Environ, Problem
from keyturn.core.clock import now
from keyturn.core.http import client_ip, note_request_id
from keyturn.core.redaction import redact
from keyturn.core.text import key_start
from keyturn.licensing.abuse.countries import countries
from keyturn.licensing.licenses.verification import VALID
from keyturn.people.apikeys.authentication import Credential
from keyturn.platform.logs import blocks, writer
from keyturn.platform.logs.blocks import Rule
from keyturn.platform.logs.lines import ERROR, INFO, WARNING, Line
from keyturn.platform.logs.models import Category

_ACTIONS: Final = {"activate": "activate_license", "deactivate": "deactivate_license"}
# Refused before anything was looked at, and the rule that did it.
_BLOCKED: Final = {
    101: blocks.REVOKED,
    103: blocks.FOREIGN,
    150: blocks.TOO_OFTEN,
}
# Parameters whose values say nothing about anybody; of all others only the name is kept.
_PLAIN: Final = frozenset(
    {"product_id", "product", "generator_id", "contract_id", "quantity", "limit", "offset", "page", "status",
     "type", "product_version", "version", "slug", "download_id", "file_id", "key", "enabled"}
)  # fmt: skip
_SHOWN, _VALUE, _TRACE = 40, 100, 8000


def note(
    call: Call,
    key: Credential | None,
    *,
    code: int,
    status: int,
    sent: int,
    license: tuple[int | None, str] = (None, ""),
    errors: object = None,
    barred: Rule | None = None,
) -> None:
    """Log an answered call. `sent` is the size of the answer, `license` the id and UUID of the one concerned;
    `barred` is the rule that turned the caller away.
    """
    known = key if key and key.id else None
    block = barred or (_BLOCKED.get(code) if status in (401, 429) else None)
    good = status < 400 and codes.is_success(code)
    answer = _Answer(
        endpoint=call.endpoint,
        method=call.method,
        ip=call.ip,
        request_id=call.request_id,
        user_agent=_agent(call.user_agent),
        request_size=call.size,
        license_start=key_start(params.storable(params.text(call.params, "license_key")) or ""),
        key_start=_prefix(call.secret),
        at=now(),
        micros=call.micros(),
        known=known,
        code=code,
        status=status,
        sent=sent,
        license=license,
        block=block,
        good=good,
        more={} if good or block else _faults(call, code, errors),
    )
    # Put into words by the thread that writes: many calls in a row take it a fraction of the time.
    writer.emit(partial(_line, answer))


class _Answer(NamedTuple):
    """An answered call while it waits: it holds no full key, no secret and nothing large."""

    endpoint: str
    method: str
    ip: str
    request_id: str
    user_agent: str
    request_size: int
    license_start: str
    key_start: str
    at: datetime
    micros: int
    known: Credential | None
    code: int
    status: int
    sent: int
    license: tuple[int | None, str]
    block: Rule | None
    good: bool
    more: Mapping[str, Any]


def _faults(call: Call, code: int, errors: object) -> dict[str, Any]:
    faults = {"error": codes.MESSAGES.get(code, ""), "parameters": _parameters(call.params)}
    if isinstance(errors, Mapping) and errors:
        faults["field_errors"] = _texts(errors)
    return faults


def _line(answer: _Answer) -> Line:
    known, block, (id, uuid) = answer.known, answer.block, answer.license
    context: dict[str, Any] = {
        "endpoint": answer.endpoint,
        "method": answer.method,
        "status": answer.status,
        "code": answer.code,
        "milliseconds": round(answer.micros / 1000, 2),
        "request_size": answer.request_size,
        "response_size": answer.sent,
        "user_agent": answer.user_agent,
        **answer.more,
    }
    if block:
        path = f"/api/v1/{answer.endpoint}"
        context |= {"reason": block.reason, "rule": block.text, "path": path, **_country(answer.ip)}
    said = block.text if block else codes.MESSAGES.get(answer.code, "The request was refused")
    return Line(
        Category.BLOCKED if block else Category.API,
        _action(answer.endpoint, known, answer.code),
        INFO if answer.good else ERROR if answer.status >= 500 else WARNING,
        "" if answer.good else said,
        environment=known.environment if known else "",
        resource_kind="license" if id else "",
        resource_id=uuid,
        user_kind="api_key" if known else "",
        user_id=known.uuid if known else "",
        user_label=known.name if known else "",
        ip=answer.ip,
        license_start=answer.license_start,
        key_start=answer.key_start,
        license_id=id,
        request_id=answer.request_id,
        context=context,
        at=answer.at,
    )


def note_problem(environ: Environ, problem: Problem, error: Exception | None = None) -> None:
    """Log a request that reached no endpoint: malformed, or failed on our side by `error`."""
    failed, ip = problem.status >= 500, client_ip(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR"))
    context: dict[str, Any] = {
        "method": environ.get("REQUEST_METHOD", ""),
        "status": problem.status,
        "code": problem.code,
        "user_agent": _agent(environ.get("HTTP_USER_AGENT", "")),
        "path": redact(environ.get("PATH_INFO", ""))[:200],
    }
    if not failed and problem.status != 404:
        rule = _MALFORMED.get(problem.status, blocks.UNREADABLE)
        context |= {"reason": rule.reason, "rule": rule.text, **_country(ip)}
    if error is not None:
        context |= {
            "error": type(error).__name__,
            "trace": redact("".join(traceback.format_exception(error)))[-_TRACE:],
        }
    writer.emit(
        Line(
            Category.BLOCKED if "reason" in context else Category.API,
            "api_call",
            ERROR if failed else WARNING,
            _PROBLEMS.get(problem.status, "") or _MALFORMED.get(problem.status, blocks.UNREADABLE).text,
            ip=ip,
            request_id=note_request_id(environ),
            context=context,
        )
    )


_PROBLEMS: Final = {404: "There is no such endpoint", 500: "The API failed"}
_MALFORMED: Final = {405: blocks.METHOD, 413: blocks.TOO_LARGE}


def _action(endpoint: str, known: Credential | None, code: int) -> str:
    # What the dashboard counts as failed verifications.
    if endpoint == "verify" and known and code != VALID.code:
        return "verify_failed"
    return _ACTIONS.get(endpoint, "api_call")


def _country(ip: str) -> dict[str, str]:
    """The country of an address, if the operator has a database that knows it."""
    code = countries().of(ip)
    return {"country": code} if code else {}


def _agent(text: str) -> str:
    # Programs name their owner here, now and then; of all others it costs nothing.
    return (redact(text) if "@" in text else text)[:300]


def _prefix(secret: str) -> str:
    """All of an API key that a log may hold; of what is none of ours, nothing."""
    return secret[:14] if secret.startswith("kt_") and len(secret) > 30 else ""


def _parameters(given: Mapping[str, Any]) -> dict[str, str]:
    shown = {}
    for name, value in list(given.items())[:_SHOWN]:
        text = str(value) if isinstance(value, str | int | float | bool) else f"[{type(value).__name__}]"
        shown[redact(str(name))[:60]] = redact(text)[:_VALUE] if name in _PLAIN else _cut(name, text)
    return shown


def _cut(name: str, text: str) -> str:
    return f"{key_start(text)}…" if name == "license_key" and text else "[hidden]"


def _texts(errors: Mapping[str, Any]) -> dict[str, str]:
    said = {
        name: " ".join(map(str, texts)) if isinstance(texts, list) else str(texts) for name, texts in errors.items()
    }
    return {redact(str(name))[:60]: redact(text)[:300] for name, text in list(said.items())[:_SHOWN]}
