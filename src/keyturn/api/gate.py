"""The door in front of Django: verify, activate and deactivate at full speed, and bodies of any framing.

One SQL read, pure rules, one SQL write, then the signature, when no lock or transaction is held. No
session, template, model instance or job row on the way. Everything else goes on to Django.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from keyturn.api import blocks, calls, devices, envelope, files, hooks, limits, signers, verdicts
from keyturn.api.envelope import Result
from keyturn.api.results import Results
from keyturn.api.transport import (
    BODY_LIMIT,
    Application,
    Call,
    Environ,
    Problem,
    StartResponse,
    answer,
    endpoint_of,
    let_through,
    read_body,
    read_call,
)
from keyturn.core import clock
from keyturn.core.db import Database, Shared, drop_dead, in_turns
from keyturn.core.text import key_start
from keyturn.core.together import Together
from keyturn.licensing.licenses import facts as reading
from keyturn.licensing.licenses import record, verification
from keyturn.licensing.licenses.facts import Facts, Question
from keyturn.licensing.licenses.mismatches import Miss
from keyturn.people.apikeys import authentication, idempotency
from keyturn.people.apikeys.authentication import Credential
from keyturn.people.apikeys.idempotency import Answered
from keyturn.platform.monitoring import instruments
from keyturn.platform.monitoring.instruments import ROUTE
from keyturn.platform.preferences import services as preferences

log = logging.getLogger(__name__)
_FORM_LIMIT: Final = 16 * BODY_LIMIT
_HOT: Final = {prefix + name: name for name in ("verify", "activate", "deactivate") for prefix in ("", "licenses/")}
_ACTIVE: Final = (verification.ACTIVATED, verification.ALREADY_ACTIVE)
Connect = Callable[[], Database]
_CHANGES: Final = (verification.ACTIVATED, verification.DEACTIVATED)


class Gate:
    """A WSGI application in front of `application`. `choose` names the key that signs an answer.

    `database` gives connections that only one thread uses at a time.
    """

    def __init__(
        self, application: Application, database: Connect = in_turns, choose: signers.Choose = signers.choose
    ) -> None:
        self._application = application
        self._fast = _Path(database, choose)
        # What is done only once is done inside one transaction, which Django's connection holds.
        self._once = _Path(Shared, choose)

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        name = endpoint_of(environ["PATH_INFO"])
        try:
            if name is None and method not in ("GET", "HEAD"):
                let_through(environ, _FORM_LIMIT)
            body = b"" if name is None or method in ("GET", "HEAD") else read_body(environ, BODY_LIMIT)
            endpoint = _HOT.get(name or "")
            if endpoint is None or method != "POST":
                return self._application(environ, start)
            environ[ROUTE] = f"api/v1/{endpoint}"
            return self._hot(environ, start, read_call(environ, endpoint, body))
        except Problem as problem:
            calls.note_problem(environ, problem)
            return answer(start, environ, problem.status, problem.body, **problem.headers)
        except Exception as error:
            log.exception("The API failed")
            failure = Problem(500, "SERVER_ERROR", "Something went wrong on the server. Try again.")
            calls.note_problem(environ, failure, error)
            return answer(start, environ, 500, failure.body)

    def _hot(self, environ: Environ, start: StartResponse, call: Call) -> Iterable[bytes]:
        # Caches are filled through Django's connection, and in front of Django nobody else drops a dead one.
        drop_dead()
        done = self._do_once(call) if call.token else self._fast.run(call)
        instruments.verdict(call.endpoint, done.code)
        headers = {"Retry_After": str(done.wait)} if done.wait else {}
        return answer(start, environ, done.status, done.body, **headers)

    def _do_once(self, call: Call) -> Answered:
        key = authentication.find(call.secret)
        if key is None or authentication.objection(key, ip=call.ip, capability=call.endpoint, at=clock.now()):
            return self._fast.run(call)
        if blocks.rule(call, preferences.load()[1]):
            return self._fast.run(call)
        try:
            done = idempotency.once(key.id, call.endpoint, call.token, call.params, partial(self._once.run, call))
        except idempotency.Reused:
            return self._once.run(call, instead=Result(160, status=409))
        if done.replayed:
            self._once.log(call, key, done)
        return done


class _Path:
    """Read, judge, record, sign: the steps of one request on one kind of connection."""

    def __init__(self, database: Connect, choose: signers.Choose) -> None:
        reader = database()
        # Requests that meet share a round trip; SQLite has none to share when it reads.
        shared = reader.vendor == "postgresql" and not isinstance(reader, Shared)
        writer = database() if shared else reader
        read_one, read_all = partial(reading.read, reader), partial(reading.read_all, reader)
        self._read_facts = Together(read_all).ask if shared else read_one
        self._keep = Together(partial(record.write, writer)).ask
        self._choose = choose
        self._results = Results()

    def run(self, call: Call, instead: Result | None = None) -> Answered:
        """The answer to a call; `instead` takes the place of the rules' result."""
        at = clock.now()
        asked = verdicts.ask(call.endpoint, call.params, at)
        known = self._read(call, asked)
        asked.profile = envelope.profile(call.user_agent, call.wish, known.key.profile if known.key else "")
        result = instead or _refused(call, known, at) or self._results.find(asked, known)
        fresh = result is None
        if result is None:
            result, known = self._judge(call, asked, known)
        self._write(call, asked, known, result)
        if known.license is None:
            blocks.note_wrong_key(call, known.key, result.code, preferences.blocked())
        signer = self._choose(known.key, known.license, asked.named, known.installation)
        # The file is made with the key that signs the answer.
        if signer and known.license and signer.pair == known.license.product.pair:
            files.add(result, known)
        text = envelope.render(
            result, profile=asked.profile, timestamp=int(at.timestamp()), signer=signer, user_agent=call.user_agent
        )
        license = (known.license.id, known.license.uuid) if known.license and result.status == 200 else (None, "")
        shown = {"code": result.code, "status": result.status, "sent": len(text)}
        calls.note(call, known.key, **shown, license=license, barred=result.barred)
        if fresh:
            # Not before it is complete: who finds it must not see it grow.
            self._results.keep(asked, known, result)
        return Answered(result.code, result.status, text, result.retry_after)

    def log(self, call: Call, key: Credential, done: Answered) -> None:
        """Keep that a stored answer was given again."""
        asked = verdicts.ask(call.endpoint, call.params, clock.now())
        self._write(call, asked, Facts(key, None, None, {}), Result(done.code, status=done.status))
        calls.note(call, key, code=done.code, status=done.status, sent=len(done.body))

    def _read(self, call: Call, asked: verdicts.Asked) -> Facts:
        return self._read_facts(Question(call.secret, asked.storable, asked.device))

    def _judge(self, call: Call, asked: verdicts.Asked, known: Facts) -> tuple[Result, Facts]:
        verdict = verdicts.judge(asked, known)
        if verdict in _CHANGES and known.key and known.license and asked.identifier:
            verdict, device = devices.change(call, known.key, known.license.id, asked.identifier)
            known = self._read(call, asked)
            if device and known.device is None:
                known.device = reading.of_activation(device)
        if asked.endpoint == "activate" and known.key and known.license and verdict not in _ACTIVE:
            actor = devices.actor(known.key, call)
            hooks.activation_failed(actor, UUID(known.license.uuid), identifier=asked.device or "", code=verdict.code)
        return verdicts.result(asked, known, verdict), known

    def _write(self, call: Call, asked: verdicts.Asked, known: Facts, result: Result) -> None:
        key, accepted = known.key, result.status == 200
        row = record.LogRow(
            at=asked.at,
            environment=key.environment if key else "",
            endpoint=call.endpoint,
            code=result.code,
            status=result.status,
            api_key_id=key.id if key else None,
            license_id=known.license.id if known.license and accepted else None,
            key_start=key_start(asked.storable or ""),
            ip=call.ip,
            request_id=call.request_id,
            micros=call.micros(),
        )
        seen = known.device if result.code in (200, 301) else None
        self._keep(record.Entry(row, seen, key if accepted else None, _miss(asked, known, result)))


def _miss(asked: verdicts.Asked, known: Facts, result: Result) -> Miss | None:
    """What there is to tell the owner about a license that was asked for from where it is not (CLP-25)."""
    if known.key is None or result.status != 200:
        return None
    if result.code == 202 and known.license and asked.device:
        return Miss(known.key.environment, known.license.id, identifier=asked.device)
    if result.code == 210 and known.license is None and asked.storable:
        return Miss(known.key.environment, license_key=asked.storable)
    return None


def _refused(call: Call, known: Facts, at: datetime) -> Result | None:
    """The answer to a caller who may not ask, or asks too often."""
    if rule := blocks.rule(call, preferences.blocked()):
        return Result(150, status=403, barred=rule)
    code = authentication.objection(known.key, ip=call.ip, capability=call.endpoint, at=at)
    if code or known.key is None:
        return Result(code, status=401)
    wait = limits.wait(known.key, call.ip, known.license.id if known.license else None, known.settings)
    return Result(150, status=429, retry_after=wait) if wait else None
