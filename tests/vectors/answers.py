"""Signed answers of the API in both profiles, and what must not be believed."""

import base64
import json
from datetime import timedelta
from typing import Any

from keyturn.core import clock
from tests.api.conftest import JS, Api
from tests.vectors import keys
from tests.vectors.offline import AT, ENDS, FEATURES, MACHINE, Case

LICENSES = {
    "GOOD": {"status": "active", "expires_at": ENDS},
    "FRESH": {"status": "assigned"},
    "EXPIRED": {"status": "active", "expires_at": AT - timedelta(days=1)},
    "SUSPENDED": {"status": "suspended"},
    "REVOKED": {"status": "revoked"},
    "STOCK": {"status": "available"},
    "EDWARDS": {"status": "active"},
}
DEVICE = "0197a1c0-0000-7000-8000-000000000031"


def world(api: Api) -> None:
    """A product with the published keys, and a license in every state."""
    product = api.make_product("Photo", pk=700001, uuid=keys.PRODUCT)
    product.name = "Photo Suite ★"
    product.save()
    edwards = api.make_product("Edwards", pk=700003, uuid=keys.EDWARDS_PRODUCT)
    keys.store()
    for number, (name, given) in enumerate(LICENSES.items()):
        license = api.license(
            f"KEYTURN-{name}",
            uuid=f"0197a1c0-0000-7000-8000-0000000000{40 + number}",
            product=edwards if name == "EDWARDS" else product,
            activation_limit=1,
            features=FEATURES,
            assigned_at=None if name == "STOCK" else AT,
            **given,
        )
        if given["status"] in ("active", "suspended"):
            license.activations.create(
                uuid=DEVICE[:-2] + str(50 + number),
                environment="production",
                identifier=MACHINE,
                kind="hardware",
                activated_at=AT,
            )
            license.active_devices = 1
            license.save()


def cases(api: Api) -> list[Case]:
    """Every case. `trusted`: the signature holds and the answer is about the question."""
    with clock.fixed(AT):
        world(api)
        found = [
            _asked(api, "valid", "verify", "GOOD"),
            _asked(api, "valid-already-active", "activate", "GOOD"),
            _asked(api, "no-activation", "verify", "GOOD", identifier="another-machine"),
            _asked(api, "limit-reached", "activate", "GOOD", identifier="another-machine"),
            _asked(api, "not-activated-yet", "verify", "FRESH"),
            _asked(api, "expired", "verify", "EXPIRED"),
            _asked(api, "suspended", "verify", "SUSPENDED"),
            _asked(api, "revoked", "verify", "REVOKED"),
            _asked(api, "not-assigned", "verify", "STOCK"),
            _asked(api, "unknown-license", "verify", "NOBODY"),
            _asked(api, "valid-sdk-profile", "verify", "GOOD", agent=JS),
            _asked(api, "unknown-license-sdk-profile", "verify", "NOBODY", agent=JS),
            _asked(api, "api-key-refused", "verify", "GOOD", api_key="kt_live_wrong"),
            _asked(api, "valid-ed25519", "verify", "EDWARDS", key="product-ed25519", product=keys.EDWARDS_PRODUCT),
            _asked(api, "deactivated", "deactivate", "GOOD"),
            _asked(api, "already-inactive", "deactivate", "GOOD"),
        ]
    return [*found, *_forged(found[0])]


def _asked(
    api: Api, name: str, endpoint: str, license: str, *, agent: str = "", key: str = "product-rsa4096", **more: Any
) -> Case:
    question = {
        "license_key": f"KEYTURN-{license}",
        "identifier": more.pop("identifier", MACHINE),
        "product_id": more.pop("product", keys.PRODUCT),
    }
    answer = api.post(endpoint, agent=agent, **question, **more)
    body = answer.json
    return {
        "name": name,
        "endpoint": endpoint,
        "profile": "sdk" if agent else "document",
        "question": question,
        "status": answer.status,
        "public_key": key,
        "code": body["response"]["code"],
        "trusted": body["private_key_used"] == "product",
        "body": answer.body.decode(),
    }


def _forged(good: Case) -> list[Case]:
    body = json.loads(good["body"])
    response = body["response"]
    response["data"]["features"]["trial"] = True
    written = base64.b64encode(json.dumps(response).encode()).decode()
    question = good["question"]
    changed = {
        "altered": {"body": {**body, "response": response, "response_base64": written}},
        "altered-signature": {"body": {**body, "signature": _flipped(body["signature"])}},
        "no-signature": {"body": {name: value for name, value in body.items() if name != "signature"}},
        "wrong-public-key": {"public_key": "foreign-rsa2048"},
        "answer-for-another-license": {"question": {**question, "license_key": "KEYTURN-FRESH"}},
        "answer-for-another-device": {"question": {**question, "identifier": "another-machine"}},
        "answer-for-another-product": {"question": {**question, "product_id": keys.OTHER_PRODUCT}},
        # Only what was signed counts: the readable copy beside it is for people.
        "altered-copy": {"body": {**body, "response": response}, "trusted": True},
    }
    return [_variant(good, name, **more) for name, more in changed.items()]


def _variant(good: Case, name: str, *, body: Case | None = None, trusted: bool = False, **more: Any) -> Case:
    text = json.dumps(body, separators=(",", ":")) if body else good["body"]
    return {**good, "name": name, "trusted": trusted, "body": text, **more}


def _flipped(signature: str) -> str:
    raw = bytearray(base64.b64decode(signature))
    raw[0] ^= 1
    return base64.b64encode(raw).decode()
