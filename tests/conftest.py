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


_DATABASE = {"db", "transactional_db", "installation", "installations"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In CI a browser test gets a second try, which the summary names: a starved browser is no broken product.

    With a PostgreSQL server given, only what touches a database runs: the rest ran with SQLite.
    """
    if os.environ.get("KEYTURN_TEST_DATABASE_URL") and os.environ.get("CI"):
        apart = [item for item in items if not _touches_database(item)]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if _touches_database(item)]
    for item in items:
        if os.environ.get("CI") and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def _touches_database(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or not _DATABASE.isdisjoint(fixtures)


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
