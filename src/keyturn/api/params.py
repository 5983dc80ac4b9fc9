"""Parameters: every encoding, every name, every spelling of a value (docs/spec/api-v1.md 2)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from keyturn.core.text import has_control, is_host

# Canonical name to every accepted name, in order of precedence.
ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "license_key": ("license_key", "entitlement_key"),
    "identifier": ("identifier", "hardwareId", "hardware_id", "hwid", "domain", "server_domain"),
    "product_id": ("product_id", "product_uuid", "productId", "productUuid"),
    "generator_id": ("generator_id", "generator_uuid"),
    "contract_id": ("contract_id", "contract_uuid", "contract_key"),
    "owner_email": ("owner_email", "customer_email", "email"),
    "owner_name": ("owner_name", "customer_name"),
    "validity": ("validity", "validity_days"),
    "quantity": ("quantity", "count"),
    "key": ("key", "meta_key"),
    "value": ("value", "meta_value"),
    "contract_name": ("contract_name", "name"),
    "license_keys_quantity": ("license_keys_quantity", "license_count"),
}
_DOMAIN_NAMES: Final = ("domain", "server_domain")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_MAX_FIELDS: Final = 2000
LENGTH: Final = 255


class Malformed(Exception):
    """The body cannot be read as what it claims to be."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a license is used on. `text` is as sent, trimmed; an unusable one matches no device."""

    text: str
    kind: str
    usable: bool


def read(query: str, content_type: str, body: bytes, method: str) -> dict[str, Any]:
    """Query and body parameters, merged; the body wins. For GET only the query counts. Raises Malformed."""
    merged = _form(query) if query else {}
    if method != "GET" and body.strip():
        merged.update(_body(content_type.partition(";")[0].strip().lower(), content_type, body))
    return merged


def _body(kind: str, content_type: str, body: bytes) -> dict[str, Any]:
    if kind == "multipart/form-data":
        return _multipart(content_type, body)
    if kind == "application/json" or (kind != "application/x-www-form-urlencoded" and body.lstrip()[:1] == b"{"):
        return _json(body)
    return _form(body.decode("utf-8", "replace"))


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not valid JSON.") from error
    if not isinstance(value, dict):
        raise Malformed("The JSON body must be an object.")
    return {_storable(name): _storable(item) for name, item in value.items()}


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _form(text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise Malformed("The form has too many fields.") from error
    return _fields(pairs)


def _fields(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            known = fields.get(name[:-2])
            fields[name[:-2]] = [*(known if isinstance(known, list) else []), _storable(value)]
        else:
            fields[name] = _storable(value)
    return fields


def _multipart(content_type: str, body: bytes) -> dict[str, Any]:
    from django.core.exceptions import SuspiciousOperation
    from django.http.multipartparser import MultiPartParser, MultiPartParserError

    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
    try:
        posted, _ = MultiPartParser(meta, BytesIO(body), [], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation, ValueError) as error:
        raise Malformed("The multipart body cannot be read.") from error
    return _fields([(name, value) for name, values in posted.lists() for value in values])


def _storable(value: Any) -> Any:
    """`value` without characters that a database cannot hold."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return value


def value(given: Mapping[str, Any], name: str) -> Any:
    """The value of a canonical parameter under any of its names; None when absent, null or empty."""
    for alias in ALIASES.get(name, (name,)):
        found = given.get(alias)
        if found is not None and found != "":
            return found
    return None


def text(given: Mapping[str, Any], name: str) -> str:
    """A parameter as trimmed text; empty when absent or no scalar."""
    return _scalar(value(given, name))


def _scalar(found: Any) -> str:
    if isinstance(found, str):
        return found.strip()
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""


def storable(text: str) -> str | None:
    """`text` when a license key or identifier can look like it, else None."""
    return text if 0 < len(text) <= LENGTH and not has_control(text) else None


def identifier(given: Mapping[str, Any]) -> Identifier | None:
    """The identifier under the first of its names, with its kind; None when absent."""
    for name in ALIASES["identifier"]:
        if name in given and (found := _scalar(given[name])):
            kind = "domain" if name in _DOMAIN_NAMES or is_host(found) else "hardware"
            return Identifier(found, kind, storable(found) is not None)
    return None


def identity(found: Any) -> int | UUID | None:
    """A numeric id or a UUID, whatever the parameter is called; None for anything else."""
    if isinstance(found, bool) or not isinstance(found, int | str):
        return None
    word = str(found).strip()
    if word.isascii() and word.isdigit() and len(word) <= 18:
        return int(word)
    try:
        return UUID(word)
    except ValueError:
        return None
