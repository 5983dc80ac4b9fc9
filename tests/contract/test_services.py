"""Every verb of the services asks for a permission before it looks at anything else.

Verbs are found, not listed: public functions of each services.py whose first parameter is the Actor.
What they ask for is learned by calling them as somebody who may do nothing.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import keyturn
from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Permission, Role
from keyturn.core.errors import NotPermitted

pytestmark = pytest.mark.django_db
LAYERS = ("keyturn.people.", "keyturn.licensing.", "keyturn.operations.")
# Services that stand beside services.py, because it would be too long.
BESIDE = ("keyturn.licensing.licenses.activations", "keyturn.licensing.licenses.bulk")
# Not verbs of a person: with the reason.
FREE = {
    "keyturn.licensing.licenses.activations.activate": "software acts for the owner of the license",
    "keyturn.licensing.licenses.activations.deactivate": "software acts for the owner of the license",
    "keyturn.licensing.licenses.bulk.change_slice": "a job goes on with what change_later was allowed to begin",
    "keyturn.licensing.licenses.lifecycle.transition": "the state machine below the verbs",
    "keyturn.licensing.licenses.lifecycle.transition_many": "the state machine below the verbs",
    "keyturn.operations.privacy.services.note": "those who asked for the export were allowed to",
    "keyturn.people.customers.services.find_or_create": "the verb that assigns has asked",
    "keyturn.people.customers.services.find_or_create_many": "the verb that assigns has asked",
}
# Verbs whose permission depends on an argument, with one that it takes.
GIVEN = {
    "keyturn.licensing.licenses.bulk.change": {"name": "delete"},
    "keyturn.licensing.licenses.bulk.change_later": {"name": "delete"},
}
_VALUES, _PAIRS = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
NOBODY = Actor("admin", id="00000000-0000-7000-8000-000000000002")


def _modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(keyturn.__path__, "keyturn."):
        services = found.name.startswith(LAYERS) and found.name.endswith(".services")
        if services or found.name in BESIDE:
            yield importlib.import_module(found.name)


def _verbs() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in _modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__.rpartition(".")[0] == module.__package__ and not name.startswith("_")
            first = next(iter(inspect.signature(function).parameters.values()), None)
            if own and first is not None and first.annotation in (Actor, "Actor"):
                yield f"{function.__module__}.{name}", function


VERBS = dict(_verbs())
# What customers do with what is their own: no admin may, whatever his role.
OWN = {name: verb for name, verb in VERBS.items() if "require_own(" in inspect.getsource(verb)}
ASKING = {name: verb for name, verb in VERBS.items() if name not in FREE and name not in OWN}


def _call(verb: Callable[..., Any], actor: Actor, thing: Any = None) -> Any:
    given = GIVEN.get(f"{verb.__module__}.{verb.__name__}", {})
    bound = inspect.signature(verb).bind_partial(actor)
    for name, parameter in list(inspect.signature(verb).parameters.items())[1:]:
        if parameter.default is parameter.empty and parameter.kind not in (_VALUES, _PAIRS):
            bound.arguments[name] = given.get(name) or thing or _Untouchable()
    result = verb(*bound.args, **bound.kwargs)
    return list(result) if inspect.isgenerator(result) else result


class _Touched(Exception):
    pass


class _Untouchable:
    """Breaks when a verb looks at it: a refusal must not depend on what somebody sends."""

    def __getattr__(self, name: str) -> Any:
        raise _Touched(name)


class _OfSomebody:
    """Belongs to a customer, however one asks."""

    def __getattr__(self, name: str) -> Any:
        return self


def _asks_for(verb: Callable[..., Any]) -> Permission:
    with pytest.raises(NotPermitted) as refusal:
        _call(verb, NOBODY)
    return Permission(refusal.value.permission)


def test_verbs_are_found() -> None:
    assert len(ASKING) > 20
    assert set(FREE) <= set(VERBS), f"gone: {set(FREE) - set(VERBS)}"


@pytest.mark.spec("ADM-09", "CUS-50")
@pytest.mark.parametrize("name", ASKING)
def test_a_verb_refuses_before_it_looks(name: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert _asks_for(ASKING[name]) in GRANTED[Role.SUPER_ADMIN]
    assert not [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]


@pytest.mark.spec("ADM-09", "CUS-50")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", ASKING)
def test_a_role_may_what_it_holds(name: str, role: Role) -> None:
    permission = _asks_for(ASKING[name])
    refused = False
    try:
        _call(ASKING[name], replace(NOBODY, permissions=GRANTED[role]))
    except NotPermitted as refusal:
        refused = refusal.permission == permission
    except Exception:
        refused = False  # let in, it fell over the things it was given
    assert refused != (permission in GRANTED[role])


@pytest.mark.spec("CUS-34")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", OWN)
def test_no_admin_acts_as_a_customer(name: str, role: Role) -> None:
    with pytest.raises(NotPermitted):
        _call(OWN[name], replace(NOBODY, permissions=GRANTED[role]), _OfSomebody())
