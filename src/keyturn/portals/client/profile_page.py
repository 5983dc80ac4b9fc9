"""What the profile shows beside its forms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from keyturn.operations.privacy.formats import FORMATS
from keyturn.people.signin import accounts, browsers, history, policy, second_factor, sessions
from keyturn.people.signin.models import Session, SignIn
from keyturn.portals.client.requests import CustomerRequest

ATTEMPTS_SHOWN = 5
_METHODS = {
    "password": "Password",
    "link": "E-mail link",
    "sign_in": "E-mail link",
    "invitation": "Invitation",
    "code": "Password and code",
    "recovery": "Recovery code",
}


@dataclass(frozen=True)
class Place:
    """A browser in which the customer is signed in."""

    uuid: UUID
    browser: str
    ip: str
    seen_at: datetime
    here: bool


@dataclass(frozen=True)
class Attempt:
    """A sign-in, or one that was refused."""

    at: datetime
    browser: str
    ip: str
    words: str
    good: bool


def contents(request: CustomerRequest) -> dict[str, Any]:
    """Sessions, recent sign-ins and the second factor of the customer."""
    customer, here = request.customer, request.customer_session
    on = second_factor.is_on(customer)
    attempts = history.attempts(customer)[:ATTEMPTS_SHOWN]
    return {
        "places": [_place(one, here) for one in sessions.open_sessions(customer)[:20]],
        "attempts": [_attempt(one) for one in attempts],
        "two_factor": on,
        "codes_left": second_factor.codes_left(customer) if on else 0,
        "has_password": bool(customer.password),
        "formats": FORMATS.values(),
        "advice": policy.advice(accounts.CUSTOMER),
    }


def _place(session: Session, here: Session) -> Place:
    return Place(session.uuid, browsers.name(session.user_agent), session.ip, session.seen_at, session.pk == here.pk)


def _attempt(one: SignIn) -> Attempt:
    good = one.result == SignIn.Result.SUCCESS
    words = _METHODS.get(one.method, "Signed in") if good else one.get_result_display()
    return Attempt(one.at, browsers.name(one.user_agent), one.ip, words, good)
