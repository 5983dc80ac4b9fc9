"""In front of everything while the database lacks migrations: each answer says what to do, instead of failing."""

from collections.abc import Callable, Iterable
from http.client import responses
from threading import Thread
from typing import Any, Final

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest

from keyturn.api.transport import Problem, answer, endpoint_of
from keyturn.config import readiness
from keyturn.config.middleware import ContentSecurityPolicy
from keyturn.portals.ui import errors

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
_SECONDS: Final = "30"


class Upgraded:
    """A WSGI application in front of `application`, which it asks once nothing is left to migrate.

    What `prepare` makes ready in the database, in a thread of its own, is then made once more if it was too early.
    """

    def __init__(self, application: Application, prepare: Callable[[], None]) -> None:
        self._application, self._prepare = application, prepare
        self._ready = self._late = False
        self._begin()

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        if not self._ready:
            failed = readiness.failures()
            self._ready = "migrations" not in failed
            if readiness.must_migrate(failed):
                self._late = True
                if not environ["PATH_INFO"].startswith(settings.STATIC_URL):
                    return _refuse(environ, start)
            elif self._late:
                self._late = False
                self._begin()
        return self._application(environ, start)

    def _begin(self) -> None:
        Thread(target=self._prepare, name="prepare", daemon=True).start()


def _refuse(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    if endpoint_of(environ["PATH_INFO"]):
        problem = Problem(503, "UPGRADING", "The database is being upgraded. Try again in a moment.")
        return answer(start, environ, problem.status, problem.body, Retry_After=_SECONDS)
    page = errors.upgrading(WSGIRequest(environ))
    page.headers["Retry-After"], page.headers["Cache-Control"] = _SECONDS, "no-store"
    page.headers["Content-Security-Policy"] = ContentSecurityPolicy.POLICY
    start(f"{page.status_code} {responses[page.status_code]}", list(page.items()))
    return [page.content]
