"""Replacing one's authenticator: by password and a code of the present one, which this session then remembers."""

from keyturn.core.clock import now
from keyturn.core.errors import Invalid
from keyturn.people.signin import policy, second_factor
from keyturn.portals.admin.sessions import AdminRequest

_SECONDS = 600
_KEY = "replacing_since"


def is_open(request: AdminRequest) -> bool:
    """Whether this session may set up another device now."""
    return int(now().timestamp()) - int(request.session.get(_KEY, 0)) <= _SECONDS


def open_for(request: AdminRequest, password: str, code: str) -> None:
    """Let this session set up another device. Raises Invalid and SignInRefused; wrong ones are throttled."""
    policy.confirm(request.actor, request.admin, password)
    if not second_factor.accept(request.admin, code, ip=request.actor.ip):
        raise Invalid({"code": [second_factor.WRONG]})
    # Whoever began before and was interrupted begins anew.
    second_factor.give_up(request.admin)
    request.session[_KEY] = int(now().timestamp())


def close(request: AdminRequest) -> None:
    """The device was replaced."""
    request.session.pop(_KEY, None)
