"""The management endpoints: one declaration each, from which routing, permissions and schemas follow."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission
from keyturn.api.envelope import Result
from keyturn.api.transport import Call, Problem
from keyturn.api.v1.fields import Faults, Params
from keyturn.licensing.products.models import Product
from keyturn.people.apikeys.authentication import Credential


@dataclass(slots=True)
class Context:
    """What an endpoint knows of its caller. It sets `product` and `license_id` when the request is about one.

    What it notes in `faults` refuses the request once it is done, and undoes what it did.
    """

    call: Call
    key: Credential
    actor: Actor
    profile: str
    at: datetime
    settings: dict[str, int]
    product: Product | None = None
    license_id: int | None = None
    faults: Faults = field(default_factory=Faults)

    @property
    def is_sdk(self) -> bool:
        """Whether the caller speaks the SDKs' vocabulary."""
        return self.profile == "sdk"


P = TypeVar("P", bound=Params)
Handler = Callable[[Context, Any], Result]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`invalid` is the code that carries field errors. A read is not `atomic`. A `public` one takes no API key.
    `also` names another method that is accepted, too. Each answer of a `wrapped` one is (api-v1.md 4.4).
    One that `gathers` runs with what could be read of the parameters, so that all faults are named at once.

    `name` may hold {parameters} of the address; the request log keeps 40 characters of it.
    """

    name: str
    method: str
    params: type[Params]
    handler: Handler
    permissions: frozenset[Permission]
    invalid: int
    atomic: bool
    public: bool = False
    also: str = ""
    wrapped: bool = False
    gathers: bool = False


ENDPOINTS: Final[dict[str, Endpoint]] = {}
# Answered by the gate; here so that other methods get a 405.
_GATE: Final = frozenset(
    f"{prefix}{name}" for prefix in ("", "licenses/") for name in ("verify", "activate", "deactivate")
)


def endpoint(
    name: str,
    method: str,
    *,
    invalid: int,
    permissions: Iterable[Permission] = (),
    atomic: bool = True,
    public: bool = False,
    also: str = "",
    wrapped: bool = False,
    gathers: bool = False,
) -> Callable[[Callable[[Context, P], Result]], Callable[[Context, P], Result]]:
    """Declare a handler; the class of its second argument declares the parameters."""

    def declare(handler: Callable[[Context, P], Result]) -> Callable[[Context, P], Result]:
        params = handler.__annotations__["given"]
        granted = frozenset(permissions)
        ENDPOINTS[name] = Endpoint(
            name, method, params, handler, granted, invalid, atomic, public, also, wrapped, gathers
        )
        return handler

    return declare


def find(name: str, method: str) -> tuple[Endpoint, dict[str, str]]:
    """The endpoint of that address, and what the address says. Raises Problem 404 or 405."""
    known = ENDPOINTS.get(name)
    said: dict[str, str] = {}
    if known is None and "/" in name:
        known, said = _by_pattern(name)
    if known is None and name not in _GATE:
        raise Problem(404, "NOT_FOUND", "There is no such endpoint.")
    if known is None or method not in (known.method, known.also):
        allowed = known.method if known else "POST"
        raise Problem(405, "METHOD_NOT_ALLOWED", f"Use {allowed} for this endpoint.", Allow=allowed)
    return known, said


def _by_pattern(name: str) -> tuple[Endpoint | None, dict[str, str]]:
    for known in ENDPOINTS.values():
        if "{" in known.name and (found := _pattern(known.name).fullmatch(name)):
            return known, found.groupdict()
    return None, {}


@lru_cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", name))
