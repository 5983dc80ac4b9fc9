"""Checks without a network library: what to send, what an answer means, what is kept.

A flow is a generator that yields what it needs done (`Send`, `Wait`) and gets the outcome back. The
synchronous and the asynchronous client run the same flows; only they do I/O on the network.
"""

import json
import logging
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

from keyturn_client.answers import Answer, Question, Untrusted, open_answer
from keyturn_client.keys import PublicKeys
from keyturn_client.moments import moment, utc_now
from keyturn_client.offline.validation import Validator
from keyturn_client.results import Cause, Deactivated, Denied, Farewell, Source, Unreachable, Valid, Verdict
from keyturn_client.retry import AGAIN, Retry
from keyturn_client.state import State, write_whole

log: Final = logging.getLogger("keyturn_client")
DRIFT: Final = timedelta(hours=24)
AGENT: Final = "keyturn-client-python/0.1"


@dataclass(frozen=True, slots=True)
class Send:
    """A POST with a JSON body. `timeout` counts seconds."""

    url: str
    headers: Mapping[str, str]
    content: bytes
    timeout: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Time to let pass, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """That nothing came back, and why."""

    reason: str


T = TypeVar("T")
Flow = Generator[Send | Wait, Reply | Failed | None, T]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a client is built with.

    `url`: address of the installation, such as https://licenses.example.com. `api_key`: one that may
    verify, activate and deactivate, nothing else; it is in the hands of whoever has the program.
    `product`: UUID. `cache`: how long an answer is used without asking again. `grace`: how long the last
    good answer holds while there is no connection. `timeout`: seconds for a check with all its attempts.
    `offline_file`: where the signed offline license that answers carry is kept; with it, the program
    runs without a connection for as long as that file allows, beyond `grace`.
    """

    url: str
    api_key: str
    product: str
    public_keys: PublicKeys
    identifier: str
    state: State
    cache: timedelta = timedelta(seconds=300)
    grace: timedelta = timedelta(days=7)
    timeout: float = 30.0
    retry: Retry = field(default_factory=Retry)
    offline_file: Path | None = None
    environment: str = "production"
    now: Callable[[], datetime] = utc_now


class Session:
    """The flows of one program on one device."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def verify(self, license_key: str, *, fresh: bool) -> Flow[Verdict]:
        """From the cache while it is fresh, else from the server, else from what is kept."""
        question = self._question(license_key)
        if not fresh and (known := self._kept(question, fresh=True)):
            return known
        outcome = yield from self._ask("verify", question)
        if isinstance(outcome, Answer):
            return self._settle(question, outcome)
        return self._fallback(question, outcome)

    def activate(self, license_key: str, details: Mapping[str, Any]) -> Flow[Verdict]:
        """Take a seat for this device; a device that has one keeps it."""
        question = self._question(license_key)
        outcome = yield from self._ask("activate", question, details)
        return self._settle(question, outcome) if isinstance(outcome, Answer) else outcome

    def deactivate(self, license_key: str) -> Flow[Farewell]:
        """Give the seat of this device back."""
        question = self._question(license_key)
        outcome = yield from self._ask("deactivate", question)
        if isinstance(outcome, Unreachable):
            return outcome
        if outcome.code not in (400, 401):
            return _denied(outcome)
        self._forget(question)
        return Deactivated(already=outcome.code == 401)

    def _question(self, license_key: str) -> Question:
        return Question(license_key.strip(), self.options.identifier, self.options.product)

    def _ask(
        self, name: str, question: Question, details: Mapping[str, Any] | None = None
    ) -> Flow[Answer | Unreachable]:
        options = self.options
        body = {
            **(details or {}),
            "license_key": question.license_key,
            "identifier": question.identifier,
            "product_id": question.product,
        }
        headers = {
            "Authorization": f"Bearer {options.api_key}",
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "X-Response-Profile": "document",
        }
        if name != "verify":
            headers["Idempotency-Key"] = str(uuid4())
        url = f"{options.url.rstrip('/')}/api/v1/{name}"
        ends = time.monotonic() + options.timeout
        attempt = 0
        while True:
            attempt += 1
            reply = yield Send(url, headers, json.dumps(body).encode(), max(ends - time.monotonic(), 0.1))
            outcome = self._read(reply, question)
            again = isinstance(reply, Failed) or (isinstance(reply, Reply) and reply.status in AGAIN)
            if isinstance(outcome, Answer) or not again:
                return outcome
            pause = options.retry.pause(attempt, outcome.retry_after)
            if pause is None or time.monotonic() + pause >= ends:
                return outcome
            yield Wait(pause)

    def _read(self, reply: Reply | Failed | None, question: Question) -> Answer | Unreachable:
        if not isinstance(reply, Reply):
            return Unreachable(Cause.NETWORK, reply.reason if reply else "No answer.")
        if reply.status in AGAIN:
            cause = Cause.BUSY if reply.status == 429 else Cause.SERVER
            return Unreachable(cause, f"The server answered with status {reply.status}.", _seconds(reply))
        try:
            body = json.loads(reply.content)
        except ValueError:
            body = None
        if not isinstance(body, dict) or reply.status not in (200, 401, 403):
            return Unreachable(Cause.SERVER, f"This is no answer of a license server (status {reply.status}).")
        try:
            answer = open_answer(body, self.options.public_keys, question)
            # A block of this license or device is signed with the product's key, like a verdict.
            if reply.status == 200 or (reply.status == 403 and answer.code == 150):
                self._check_time(answer)
                return answer
        except Untrusted as error:
            if reply.status == 200:
                return Unreachable(Cause.UNTRUSTED, f"{error}{_hint(body)}")
        return Unreachable(Cause.NOT_ACCEPTED, f"The server does not accept the API key: {_message(body)}")

    def _check_time(self, answer: Answer) -> None:
        if abs(self.options.now() - answer.at) > DRIFT:
            raise Untrusted(f"The answer was made at {answer.at:%Y-%m-%d %H:%M} UTC. Check the clock of this machine.")

    def _settle(self, question: Question, answer: Answer) -> Verdict:
        if not answer.good:
            self._forget(question)
            return _denied(answer)
        at = self.options.now()
        self.options.state.keep(question, answer.envelope, at)
        self.options.state.see(max(at, answer.at))
        file = answer.data.get("offline_license")
        if self.options.offline_file and isinstance(file, str):
            write_whole(self.options.offline_file, file)
        return Valid(answer.license(), Source.ONLINE, answer.at, answer.code, warnings=_warnings(answer))

    def _forget(self, question: Question) -> None:
        self.options.state.forget(question)
        if self.options.offline_file:
            with suppress(OSError):
                self.options.offline_file.unlink()

    def _fallback(self, question: Question, why: Unreachable) -> Verdict:
        # A program that lives on kept answers looks well until they end: its log says why it does.
        log.warning("The license could not be checked: %s: %s", why.cause.value, why.reason)
        file = self.options.offline_file
        return self._kept(question, fresh=False) or (self._from_file(question, file) if file else None) or why

    def _from_file(self, question: Question, path: Path) -> Valid | None:
        options = self.options
        check = Validator(
            product=options.product,
            public_keys=options.public_keys,
            state=options.state,
            license_key=question.license_key,
            environment=options.environment,
            hardware_id=options.identifier,
            domain=options.identifier,
            now=options.now,
        ).check_file(path)
        if check.license is None or check.verified_at is None:
            return None
        return Valid(check.license, Source.OFFLINE_FILE, check.verified_at, warnings=check.warnings)

    def _kept(self, question: Question, *, fresh: bool) -> Valid | None:
        """The last good answer, if its signature, its age and the clock allow to use it."""
        options, at = self.options, self.options.now()
        kept = options.state.load(question)
        if kept is None:
            return None
        try:
            answer = open_answer(kept.envelope, options.public_keys, question)
        except Untrusted:
            return None
        seen = options.state.last_seen()
        if at < max(seen or answer.at, answer.at) - DRIFT or not answer.good:
            return None
        license = answer.license()
        if license.expires_at and at > license.expires_at + DRIFT and not answer.data.get("in_grace"):
            return None
        options.state.see(at)
        if fresh:
            young = timedelta(0) <= at - kept.fetched <= options.cache and at - answer.at <= options.cache + DRIFT
            return Valid(license, Source.CACHE, answer.at, warnings=_warnings(answer)) if young else None
        until = answer.at + options.grace
        if at > until:
            return None
        text = f"The license server could not be asked. Connect before {until:%Y-%m-%d %H:%M} UTC."
        return Valid(license, Source.CACHE, answer.at, trusted_until=until, warnings=(*_warnings(answer), text))


def _denied(answer: Answer) -> Denied:
    state = str(answer.data.get("state", ""))
    return Denied(answer.code, answer.message, state, moment(answer.data.get("expires_at")))


def _warnings(answer: Answer) -> tuple[str, ...]:
    return ("The license has expired. Renew it soon.",) if answer.data.get("in_grace") else ()


def _seconds(reply: Reply) -> float:
    text = reply.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _message(body: Mapping[str, Any]) -> str:
    response = body.get("response")
    return str(response.get("message", "")) if isinstance(response, dict) else ""


def _hint(body: Mapping[str, Any]) -> str:
    if body.get("private_key_used") == "global":
        return " It is signed with the key of the installation: the server does not know the product of this program."
    return ""
