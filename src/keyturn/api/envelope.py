"""Both renderings of an answer. Nothing else in the product knows that there are two profiles.

The documented clients check a signature over `response_base64`, the official SDKs one over the sorted
compact JSON of the whole body (docs/spec/api-v1.md 4 to 6).
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from keyturn.api import codes
from keyturn.core.canonical import compact, safe
from keyturn.licensing.signing.services import Signer
from keyturn.platform.logs.blocks import Rule

_SDK: Final = re.compile(r"(GetKeyManager|LicenseManager)-[A-Za-z.]+-SDK/")
_encode: Final = json.JSONEncoder(separators=(",", ":"), default=str).encode
NO_KEY: Final = "Private key not set"


@dataclass(slots=True)
class Result:
    """What an endpoint answers, before it is rendered.

    `fields` are the documented fields of R, `mirror` the object M of the SDK profile. A `wrapped`
    result puts M also below `data` of 2xx bodies. `retry_after` counts seconds. A `file` is sent as it is.
    `message` takes the place of the code's own where an endpoint words it differently. `beside` are members
    that the document profile shows beside its four, too. `barred` is the rule that turned the caller away, for the log.
    """

    code: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    mirror: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    wrapped: bool = False
    retry_after: int = 0
    file: str = ""
    message: str = ""
    beside: Mapping[str, Any] = field(default_factory=dict)
    barred: Rule | None = None


def profile(user_agent: str, header: str, forced: str) -> str:
    """`sdk` or `document`: by request header, then by the API key's setting, then by user agent."""
    for wish in (header, forced):
        if wish in ("sdk", "document"):
            return wish
    return "sdk" if _SDK.match(user_agent) else "document"


def render(result: Result, *, profile: str, timestamp: int, signer: Signer | None, user_agent: str = "") -> bytes:
    """The signed body of an answer."""
    if result.file:
        return result.file.encode()
    response: dict[str, Any] = {
        "code": result.code,
        "message": result.message or codes.MESSAGES[result.code],
        # Only the sdk profile is decoded and encoded again by its readers.
        **(result.fields if profile == "document" else safe(result.fields, top=True)),
        "timestamp": timestamp,
    }
    label = signer.label if signer else "global"
    wait = result.retry_after * 1000 if "PHP-SDK" in user_agent else result.retry_after
    if profile == "document":
        return _document(response, label, {**result.beside, **({"retry_after": wait} if wait else {})}, signer)
    return _sdk(result, response, label, wait, signer)


def _document(response: dict[str, Any], label: str, beside: Mapping[str, Any], signer: Signer | None) -> bytes:
    text = _encode(response)
    encoded = base64.b64encode(text.encode())
    signature = signer.sign(encoded) if signer else NO_KEY
    more = "".join(f",{json.dumps(name)}:{json.dumps(value)}" for name, value in beside.items())
    return (
        f'{{"response":{text},"response_base64":"{encoded.decode()}","private_key_used":"{label}",'
        f'"signature":"{signature}"{more}}}'
    ).encode()


def _sdk(result: Result, response: dict[str, Any], label: str, wait: int, signer: Signer | None) -> bytes:
    encoded = base64.b64encode(compact(response)).decode()
    envelope = {"response": response, "response_base64": encoded, "private_key_used": label}
    mirror = safe(result.mirror, top=True)
    body: dict[str, Any] = {
        **mirror,
        **envelope,
        "code": result.code,
        "success": codes.is_success(result.code),
        "message": response["message"],
        "timestamp": response["timestamp"],
    }
    if wait:
        body["retry_after"] = wait
    if result.wrapped and 200 <= result.status < 300:
        return compact(signed({**envelope, "data": signed({**body, "data": mirror or []}, signer)}, signer))
    return compact(signed(body, signer))


def signed(body: dict[str, Any], signer: Signer | None) -> dict[str, Any]:
    """`body` with the member `signature` over its compact JSON."""
    return {**body, "signature": signer.sign(compact(body)) if signer else NO_KEY}
