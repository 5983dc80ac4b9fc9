"""What one request of verify, activate or deactivate goes through: read, judge, record, then sign.

Requests that meet are read, judged and recorded together by one of their threads: one statement each way, whatever
their number. What may wait for somebody, a change under a license's lock or a signature, each does for itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from keyturn.api import blocks, calls, devices, envelope, files, hooks, limits, signers, verdicts
from keyturn.api.envelope import Result
from keyturn.api.results import Results
from keyturn.api.transport import Call
from keyturn.api.verdicts import Asked
from keyturn.core import clock
from keyturn.core.db import Database, Shared
from keyturn.core.text import key_start
from keyturn.core.together import Together
from keyturn.licensing.licenses import facts as reading
from keyturn.licensing.licenses import record, verification
from keyturn.licensing.licenses.facts import Facts, Question
from keyturn.licensing.licenses.mismatches import Miss
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.licenses.verification import Verdict
from keyturn.people.apikeys import authentication
from keyturn.people.apikeys.authentication import Credential
from keyturn.people.apikeys.idempotency import Answered
from keyturn.platform.preferences import services as preferences

_ACTIVE: Final = (verification.ACTIVATED, verification.ALREADY_ACTIVE)
_CHANGES: Final = (verification.ACTIVATED, verification.DEACTIVATED)


@dataclass(slots=True)
class _Step:
    """A request on its way. Without a `result`, a device is to be added or ended before it goes on."""

    call: Call
    asked: Asked
    # What takes the place of the rules' result, or what a change has come to.
    instead: Result | None = None
    changed: tuple[Verdict, Activation | None] | None = None
    known: Facts = field(init=False)
    verdict: Verdict | None = None
    result: Result | None = None


class Path:
    """The way of requests over one kind of connection. `choose` names the key that signs an answer."""

    def __init__(self, database: Database, choose: signers.Choose) -> None:
        self._database, self._choose = database, choose
        self._results = Results()
        # Whoever holds a transaction shares it with nobody.
        together = Together(self._go) if not isinstance(database, Shared) else None
        self._pass: Callable[[_Step], object] = together.ask if together else lambda step: self._go([step])

    def run(self, call: Call, instead: Result | None = None) -> Answered:
        """The answer to a call; `instead` takes the place of the rules' result."""
        step = _Step(call, verdicts.ask(call.endpoint, call.params, clock.now()), instead)
        self._pass(step)
        if step.result is None:
            step.changed = _change(step)
            self._pass(step)
        return self._answer(step)

    def log(self, call: Call, key: Credential, done: Answered) -> None:
        """Keep that a stored answer was given again."""
        asked = verdicts.ask(call.endpoint, call.params, clock.now())
        given, known = Result(done.code, status=done.status), Facts(key, None, None, {})
        record.write(self._database, [_entry(call, asked, known, given)])
        calls.note(call, key, code=done.code, status=done.status, sent=len(done.body))

    def _go(self, steps: Sequence[_Step]) -> Sequence[None]:
        questions = [Question(step.call.secret, step.asked.storable, step.asked.device) for step in steps]
        for step, known in zip(steps, reading.read_all(self._database, questions), strict=True):
            step.known, step.verdict = known, None
            step.result = self._judged(step)
        found = [(step.call, step.asked, step.known, step.result) for step in steps]
        if entries := [_entry(call, asked, known, result) for call, asked, known, result in found if result]:
            record.write(self._database, entries)
        return [None] * len(steps)

    def _judged(self, step: _Step) -> Result | None:
        call, asked, known = step.call, step.asked, step.known
        asked.profile = envelope.profile(call.user_agent, call.wish, known.key.profile if known.key else "")
        if step.changed:
            step.verdict, device = step.changed
            if device and known.device is None:
                known.device = reading.of_activation(device)
            return verdicts.result(asked, known, step.verdict)
        if result := step.instead or _refused(step) or self._results.find(asked, known):
            return result
        verdict = verdicts.judge(asked, known)
        if verdict in _CHANGES and known.key and known.license and asked.identifier:
            return None
        step.verdict = verdict
        return verdicts.result(asked, known, verdict)

    def _answer(self, step: _Step) -> Answered:
        call, asked, known, result = step.call, step.asked, step.known, step.result
        assert result is not None
        _tell(step)
        signer = self._choose(known.key, known.license, asked.named, known.installation)
        # The file is made with the key that signs the answer.
        if signer and known.license and signer.pair == known.license.product.pair:
            files.add(result, known)
        at, agent = int(asked.at.timestamp()), call.user_agent
        text = envelope.render(result, profile=asked.profile, timestamp=at, signer=signer, user_agent=agent)
        license = (known.license.id, known.license.uuid) if known.license and result.status == 200 else (None, "")
        shown = {"code": result.code, "status": result.status, "sent": len(text)}
        calls.note(call, known.key, **shown, license=license, barred=result.barred)
        if step.verdict is verification.VALID:
            # Not before it is complete: who finds it must not see it grow.
            self._results.keep(asked, known, result)
        return Answered(result.code, result.status, text, result.retry_after)


def _change(step: _Step) -> tuple[Verdict, Activation | None]:
    known, identifier = step.known, step.asked.identifier
    assert known.key
    assert known.license
    assert identifier
    return devices.change(step.call, known.key, known.license.id, identifier)


def _tell(step: _Step) -> None:
    """Let others know of what was refused."""
    call, asked, known, verdict = step.call, step.asked, step.known, step.verdict
    if known.license is None:
        blocks.note_wrong_key(call, known.key, step.result.code if step.result else 0, preferences.blocked())
    elif known.key and verdict and asked.endpoint == "activate" and verdict not in _ACTIVE:
        actor = devices.actor(known.key, call)
        hooks.activation_failed(actor, UUID(known.license.uuid), identifier=asked.device or "", code=verdict.code)


def _entry(call: Call, asked: Asked, known: Facts, result: Result) -> record.Entry:
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
    return record.Entry(row, seen, key if accepted else None, _miss(asked, known, result))


def _miss(asked: Asked, known: Facts, result: Result) -> Miss | None:
    """What there is to tell the owner about a license that was asked for from where it is not (CLP-25)."""
    if known.key is None or result.status != 200:
        return None
    if result.code == 202 and known.license and asked.device:
        return Miss(known.key.environment, known.license.id, identifier=asked.device)
    if result.code == 210 and known.license is None and asked.storable:
        return Miss(known.key.environment, license_key=asked.storable)
    return None


def _refused(step: _Step) -> Result | None:
    """The answer to a caller who may not ask, or asks too often."""
    call, known = step.call, step.known
    if rule := blocks.rule(call, preferences.blocked()):
        return Result(150, status=403, barred=rule)
    code = authentication.objection(known.key, ip=call.ip, capability=call.endpoint, at=step.asked.at)
    if code or known.key is None:
        return Result(code, status=401)
    wait = limits.wait(known.key, call.ip, known.license.id if known.license else None, known.settings)
    return Result(150, status=429, retry_after=wait) if wait else None
