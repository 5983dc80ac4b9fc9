"""The door in front of Django: verify, activate and deactivate at full speed, and bodies of any framing.

One SQL read, pure rules, one SQL write, then the signature, when no lock or transaction is held. No
session, template, model instance or job row on the way. Everything else goes on to Django.
"""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Final

from keyturn.api import blocks, calls, signers
from keyturn.api.envelope import Result
from keyturn.api.path import Path
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
from keyturn.people.apikeys import authentication, idempotency
from keyturn.people.apikeys.idempotency import Answered
from keyturn.platform.monitoring import instruments
from keyturn.platform.monitoring.instruments import ROUTE
from keyturn.platform.preferences import services as preferences

log = logging.getLogger(__name__)
_FORM_LIMIT: Final = 16 * BODY_LIMIT
_HOT: Final = {prefix + name: name for name in ("verify", "activate", "deactivate") for prefix in ("", "licenses/")}


class Gate:
    """A WSGI application in front of `application`. `choose` names the key that signs an answer.

    Only one thread at a time uses `database`.
    """

    def __init__(
        self, application: Application, database: Database | None = None, choose: signers.Choose = signers.choose
    ) -> None:
        self._application = application
        self._fast = Path(database or in_turns(), choose)
        # What is done only once is done inside one transaction, which Django's connection holds.
        self._once = Path(Shared(), choose)

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
