"""The API's description in OpenAPI 3.1, made from the declarations that route and check requests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from inspect import cleandoc
from typing import Any, Final

from keyturn import __version__
from keyturn.api import params
from keyturn.api.v1.by_hand import MORE, Activate, Deactivate, Verify
from keyturn.api.v1.fields import Params
from keyturn.api.v1.registry import ENDPOINTS


@dataclass(frozen=True, slots=True)
class Described:
    """An endpoint for readers. `fields` is the JSON schema of each parameter by its canonical name."""

    name: str
    method: str
    summary: str
    fields: dict[str, dict[str, Any]]
    required: frozenset[str]
    public: bool = False

    @property
    def in_path(self) -> tuple[str, ...]:
        """Parameters that stand in the address."""
        return tuple(re.findall(r"\{(\w+)\}", self.name))


_GATE: Final[tuple[tuple[str, str, type[Params]], ...]] = (
    ("verify", "Whether a license may be used on a device, now.", Verify),
    ("activate", "Take a seat of a license for a device; a second time it changes nothing.", Activate),
    ("deactivate", "Free the seat of a device.", Deactivate),
)
_STATUSES: Final = {
    "200": "The answer. `response.code` tells what happened, also when it is a refusal.",
    "400": "The request cannot be read.",
    "401": "The API key is missing, unknown, inactive, or may not do this (codes 100 to 103).",
    "403": "The caller is blocked (code 150).",
    "404": "What the address names does not exist, or is not public.",
    "409": "The idempotency key came with another payload before (code 160).",
    "413": "The body is too large.",
    "415": "The body is compressed.",
    "429": "Too many requests (code 150). Wait for the seconds of `Retry-After`.",
    "500": "The server failed. Try again.",
}
# Answers 200 with the file itself, refusals in the envelope.
_FILES: Final = frozenset({"licenses/{license_key}/offline-file"})
_PROBLEMS: Final = frozenset({"400", "413", "415", "500"})
_KEPT_OUT: Final = ("title", "default")
# pydantic leaves limits under its own names when a validator of ours stands before them.
_KEYWORDS: Final = {"ge": "minimum", "le": "maximum", "max_length": "maxLength", "min_length": "minLength"}


def described() -> Iterator[Described]:
    """Every endpoint, the three that programs use most first."""
    for name, summary, model in _GATE:
        yield _describe(name, "POST", summary, model)
    for endpoint in sorted(ENDPOINTS.values(), key=lambda one: one.name):
        summary = cleandoc(endpoint.handler.__doc__ or "")
        if endpoint.also:
            summary = f"{summary} {endpoint.also} is accepted, too."
        models = (endpoint.params, MORE.get(endpoint.name, Params))
        yield replace(_describe(endpoint.name, endpoint.method, summary, *models), public=endpoint.public)


def _describe(name: str, method: str, summary: str, *models: type[Params]) -> Described:
    schemas = [model.model_json_schema() for model in models]
    shown = {field: value for schema in schemas for field, value in schema.get("properties", {}).items()}
    # What callers of either vocabulary must send differs, so only what nobody may leave out is required.
    required = frozenset(field for schema in schemas for field in schema.get("required", ()))
    return Described(name, method, summary, {field: _field(field, value) for field, value in shown.items()}, required)


def _field(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    shown = {_KEYWORDS.get(key, key): value for key, value in kinds[0].items() if key not in _KEPT_OUT}
    if len(kinds) > 1:
        shown = {"type": ["integer", "string"], "description": "A number or a UUID."}
    others = [f"`{alias}`" for alias in params.ALIASES.get(name, ()) if alias != name]
    if others:
        shown["description"] = f"{shown.get('description', '')} Also accepted as {', '.join(others)}.".strip()
    return shown


@lru_cache(maxsize=4)
def document(server: str) -> dict[str, Any]:
    """The OpenAPI document; `server` is the address below which the endpoints lie."""
    paths: dict[str, Any] = {}
    for one in described():
        paths.setdefault(f"/{one.name}", {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Keyturn API",
            "version": __version__,
            "description": "Every answer is a signed envelope. The codes stand in docs/spec/api-v1.md, section 8.",
        },
        "servers": [{"url": server}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Envelope": _ENVELOPE, "Problem": _PROBLEM, "OfflineLicense": _OFFLINE_LICENSE},
        },
    }


def _operation(one: Described) -> dict[str, Any]:
    where = {name: "path" if name in one.in_path else "query" for name in one.fields}
    body = [name for name, place in where.items() if place == "query"] if one.method == "POST" else []
    listed = [
        {"name": name, "in": place, "required": place == "path" or name in one.required, "schema": one.fields[name]}
        for name, place in where.items()
        if name not in body
    ]
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", one.name).strip("_"),
        "summary": one.summary,
        "parameters": listed,
        "responses": {
            status: {
                "description": text,
                "content": {"application/json": {"schema": _answer(one.name, status)}},
            }
            for status, text in _STATUSES.items()
        },
    }
    if one.public:
        operation["security"] = []
    if one.method == "POST":
        schema: dict[str, Any] = {"type": "object", "properties": {name: one.fields[name] for name in body}}
        if required := sorted(one.required & set(body)):
            schema["required"] = required
        kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
        operation["requestBody"] = {"content": {kind: {"schema": schema} for kind in kinds}}
        header = {"type": "string", "maxLength": 255}
        listed.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": header})
    return operation


def _answer(name: str, status: str) -> dict[str, Any]:
    if status == "404":
        kinds = ["Envelope", "Problem"]
    elif status == "200" and name in _FILES:
        kinds = ["Envelope", "OfflineLicense"]
    else:
        kinds = ["Problem" if status in _PROBLEMS else "Envelope"]
    found: list[dict[str, Any]] = [{"$ref": f"#/components/schemas/{kind}"} for kind in kinds]
    return found[0] if len(found) == 1 else {"anyOf": found}


_ENVELOPE: Final = {
    "type": "object",
    "required": ["response", "response_base64", "private_key_used", "signature"],
    "properties": {
        "response": {
            "type": "object",
            "required": ["code", "message", "timestamp"],
            "properties": {
                "code": {"type": "integer"},
                "message": {"type": "string"},
                "timestamp": {"type": "integer", "description": "Unix seconds"},
            },
        },
        "response_base64": {"type": "string", "description": "`response` as signed"},
        "private_key_used": {"type": "string", "enum": ["product", "global"]},
        "signature": {"type": "string", "description": "RSA over the characters of `response_base64`, Base64"},
        "retry_after": {"type": "integer"},
    },
}
_PROBLEM: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
_OFFLINE_LICENSE: Final = {
    "type": "object",
    "required": ["environment", "issued_at", "license", "product", "signature", "version"],
    "properties": {
        "environment": {"type": "string"},
        "issued_at": {"type": "string", "format": "date-time"},
        "license": {"type": "object"},
        "product": {"type": "object"},
        "signature": {"type": "string"},
        "version": {"type": "string"},
    },
}
