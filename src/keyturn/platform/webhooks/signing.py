"""The signatures of a request: the one we document, and those of Standard Webhooks 1.0.

Both are made with the same secret: the documented one with its text, Standard Webhooks with the bytes that
it spells in base64 (https://github.com/standard-webhooks/standard-webhooks, Signature scheme).
"""

import base64
import hashlib
import hmac
import secrets
from typing import Final
from uuid import UUID

PREFIX: Final = "whsec_"


def new_secret() -> str:
    """A secret of 256 random bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(secret: str, body: bytes, *, event: str, message: UUID, timestamp: int) -> dict[str, str]:
    """All headers of a request with `body`; `timestamp` is Unix seconds of this attempt; unsigned without secret."""
    named = {
        "Content-Type": "application/json",
        "X-Webhook-Event": event,
        "X-Webhook-Delivery": str(message),
        "X-Webhook-Timestamp": str(timestamp),
    }
    if not secret:
        return named
    documented = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    content = f"{message}.{timestamp}.".encode() + body
    standard = hmac.new(base64.b64decode(secret.removeprefix(PREFIX)), content, hashlib.sha256).digest()
    return {
        **named,
        "X-Webhook-Signature": f"sha256={documented}",
        "webhook-id": str(message),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(standard).decode()}",
    }
