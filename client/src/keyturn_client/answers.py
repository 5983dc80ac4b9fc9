"""The server's signed answers: whether one is genuine, meant for this question, and what it says.

An answer in the documented profile of API v1 is JSON with `response_base64` and a `signature` over the
characters of that Base64 text (RSA PKCS#1 v1.5 with SHA-256 or SHA-512, or Ed25519). Only what is
inside it is read; the unsigned copy in `response` is ignored.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from keyturn_client.keys import PublicKeys
from keyturn_client.moments import moment
from keyturn_client.results import License

GOOD: Final = frozenset({200, 300, 301})


class Untrusted(Exception):
    """An answer that proves nothing: not signed with a key of the program, or about something else."""


@dataclass(frozen=True, slots=True)
class Question:
    """What an answer must be about. `product`: UUID of the product the program belongs to."""

    license_key: str
    identifier: str
    product: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A genuine answer. `envelope` is its signed text, which can be kept and checked again."""

    code: int
    message: str
    at: datetime
    data: Mapping[str, Any]
    envelope: dict[str, str]

    @property
    def good(self) -> bool:
        """Whether it lets the license be used."""
        return self.code in GOOD

    def license(self) -> License:
        """The license that it names."""
        return read_license(self.data.get("license") or {})


def open_answer(body: Mapping[str, Any], keys: PublicKeys, question: Question) -> Answer:
    """The answer in a decoded body, after its signature and its subject were checked. Raises Untrusted.

    A positive answer names license, device and product: one that was signed for another customer is
    genuine and yet worthless here. A refusal needs no such proof, it opens nothing.
    """
    text, signature = body.get("response_base64"), body.get("signature")
    if not isinstance(text, str) or not isinstance(signature, str):
        raise Untrusted("The answer is not signed.")
    if not text.isascii() or not keys.verify(text.encode("ascii"), signature):
        raise Untrusted("The signature of the answer does not fit the public key of this program.")
    try:
        response = json.loads(base64.b64decode(text, validate=True))
        at = datetime.fromtimestamp(response["timestamp"], UTC)
        data = response.get("data")
        answer = Answer(
            int(response["code"]),
            str(response["message"]),
            at,
            data if isinstance(data, dict) else {},
            {"response_base64": text, "signature": signature},
        )
    except (binascii.Error, ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise Untrusted("The answer is signed, but it is not one of this API.") from error
    if answer.good:
        _check_subject(answer.data, question)
    return answer


def _check_subject(data: Mapping[str, Any], question: Question) -> None:
    license, device = data.get("license"), data.get("activation")
    if not isinstance(license, dict) or license.get("license_key") != question.license_key:
        raise Untrusted("The answer is about another license.")
    if not isinstance(device, dict) or device.get("identifier") != question.identifier:
        raise Untrusted("The answer is about another device.")
    if license.get("product_uuid") != question.product:
        raise Untrusted("The answer is about another product.")


def read_license(shown: Mapping[str, Any]) -> License:
    """The license object of an answer."""
    features = shown.get("features")
    return License(
        key=str(shown.get("license_key", "")),
        status=str(shown.get("status", "")),
        expires_at=moment(shown.get("expires_at")),
        features=features if isinstance(features, dict) else {},
        metadata=shown.get("metadata"),
        product_uuid=str(shown.get("product_uuid") or ""),
        product_name=str(shown.get("product_name") or ""),
        limit=int(shown.get("activations_limit") or 0),
        devices=int(shown.get("activations_count") or 0),
    )
