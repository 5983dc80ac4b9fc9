"""Activate and deactivate: the change itself, made by the licensing services under the license's lock."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from keyturn.access.actors import Actor
from keyturn.api import params
from keyturn.api.params import Identifier
from keyturn.api.transport import Call
from keyturn.licensing.licenses import activations, verification
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.verification import Verdict
from keyturn.people.apikeys.authentication import Credential

_CONTEXT: Final = ("os", "product_version", "ip", "name", "metadata")
_DETAIL_BYTES: Final = 4096


def actor(key: Credential, call: Call) -> Actor:
    """The API key as the author of a change; verify, activate and deactivate need no permission beyond it."""
    return Actor("api_key", key.uuid, key.name, frozenset(), key.environment, call.request_id, call.ip, key.customer_id)


def change(call: Call, key: Credential, license_id: int, identifier: Identifier) -> tuple[Verdict, Activation | None]:
    """Add or end the device; the verdict is the one reached under the lock."""
    license = License.objects.filter(pk=license_id).first()
    if license is None:
        return verification.UNKNOWN, None
    if call.endpoint == "deactivate":
        return activations.deactivate(actor(key, call), license, identifier=identifier.text)
    return activations.activate(actor(key, call), license, **details(call, identifier))


def details(call: Call, identifier: Identifier) -> dict[str, Any]:
    """The device that a call describes, as arguments of `activations.activate`."""
    return {
        "identifier": identifier.text,
        "kind": identifier.kind,
        "ip": call.ip,
        "user_agent": call.user_agent[:255],
        "details": _context(call.params),
        "post_url": _web_address(params.text(call.params, "post_url")),
    }


def _context(given: Mapping[str, Any]) -> dict[str, Any]:
    context = {name: given[name] for name in _CONTEXT if given.get(name) not in (None, "")}
    return context if len(json.dumps(context)) <= _DETAIL_BYTES else {}


def _web_address(text: str) -> str:
    """`text` when it is an absolute http(s) address of at most 500 characters, else empty."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.hostname and len(text) <= 500 else ""
