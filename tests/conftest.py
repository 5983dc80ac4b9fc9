"""The cast that the tests share."""

import os
from collections.abc import Callable

import pytest

from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.access.scope import Environment
from tests.browser import axe, browser, new_context, page
from tests.installation import installation, installations
from tests.jobs import untold, work
from tests.logs import logged

__all__ = ["axe", "browser", "installation", "installations", "logged", "new_context", "page", "untold", "work"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Own options."""
    parser.addoption("--write-queries", action="store_true", help="write tests/contract/queries.json anew")
    parser.addoption("--write-vectors", action="store_true", help="write docs/vectors anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In CI a browser test gets a second try, which the summary names: a starved browser is no broken product."""
    for item in items:
        if os.environ.get("CI") and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


ActorFor = Callable[..., Actor]


@pytest.fixture
def actor_for() -> ActorFor:
    """An admin of a role, at work in an environment."""

    def make(role: str, environment: str = Environment.PRODUCTION) -> Actor:
        return Actor(
            "admin",
            id="00000000-0000-7000-8000-000000000001",
            permissions=GRANTED[role],
            environment=environment,
        )

    return make


@pytest.fixture
def owner(actor_for: ActorFor) -> Actor:
    """A Super Admin in production: may do everything."""
    return actor_for(Role.SUPER_ADMIN)


@pytest.fixture
def viewer(actor_for: ActorFor) -> Actor:
    """A Viewer in production: may look."""
    return actor_for(Role.VIEWER)
