"""Doing a request once, however often it is sent (docs/spec/api-v1.md 7.3).

The stored answer is written in the transaction of the change itself: there is no moment at which one
exists without the other. A duplicate that arrives meanwhile waits, then reads it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction

from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.people.apikeys.models import StoredAnswer

KEPT: Final = timedelta(hours=24)
LENGTH: Final = 255
NAMES: Final = ("idempotency_key", "idempotencyKey")
# Whoever was refused for these may ask again.
_PASSING: Final = frozenset({401, 403, 429})


@dataclass(frozen=True, slots=True)
class Answered:
    """A rendered answer; `code` is the one of API v1, `wait` the seconds of a Retry-After.

    `replayed`: it was made for an earlier request.
    """

    code: int
    status: int
    body: bytes
    wait: int = 0
    replayed: bool = False


class Reused(Exception):
    """The same idempotency key came with another payload."""


def once(key_id: int, endpoint: str, token: str, params: Mapping[str, Any], answer: Callable[[], Answered]) -> Answered:
    """The answer stored under `token`, or that of `answer()`, which is stored if it is final.

    `params` are all parameters of the request. `answer` works inside the transaction of this call, on
    Django's connection. Raises Reused.
    """
    scope: dict[str, Any] = {"api_key_id": key_id, "endpoint": endpoint, "token_hash": crypto.token_hash(token)}
    payload = _digest(params)
    with transaction.atomic():
        _queue(f"{key_id} {endpoint} {token}")
        stored = StoredAnswer.objects.filter(**scope).first()
        if stored is not None and stored.at > now() - KEPT:
            if stored.payload_hash != payload:
                raise Reused
            return Answered(stored.code, stored.status, crypto.unseal(stored.sealed_body), replayed=True)
        made = answer()
        if made.status < 500 and made.status not in _PASSING:
            StoredAnswer.objects.update_or_create(
                **scope,
                defaults={
                    "payload_hash": payload,
                    "code": made.code,
                    "status": made.status,
                    "sealed_body": crypto.seal(made.body),
                    "at": now(),
                },
            )
        return made


def forget(words: Iterable[str]) -> None:
    """Empty stored answers that hold one of `words`; what is asked again is still not done again."""
    words = list(words)
    for stored in StoredAnswer.objects.iterator():
        body = crypto.unseal(stored.sealed_body).decode()
        if any(word in body for word in words):
            StoredAnswer.objects.filter(pk=stored.pk).update(sealed_body=crypto.seal(b"{}"))


def _queue(name: str) -> None:
    """Wait for everybody else with the same name until their transactions end.

    On SQLite the transaction holds the only write lock from its start.
    """
    if connection.vendor == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _digest(params: Mapping[str, Any]) -> str:
    # A number is the same in a form and in JSON.
    payload = {
        name: str(value) if type(value) is int else value
        for name, value in params.items()
        if name not in ("api_key", *NAMES)
    }
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()
