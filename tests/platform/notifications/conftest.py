"""The staff, one of each role, and a license to do things with."""

from collections.abc import Callable

import pytest

from keyturn.access.actors import Actor, system
from keyturn.access.permissions import Role
from keyturn.access.scope import Environment
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.platform.notifications.models import Notification, Waiting
from tests.licensing.conftest import generator, license_in, product

__all__ = ["generator", "license_in", "product"]
Titles = Callable[..., list[str]]


@pytest.fixture
def staff() -> dict[str, Admin]:
    """One active admin of each role; nothing of how they came waits to be told."""
    me = system("test", Environment.PRODUCTION)
    made = {
        role: admins.create(me, name=role.title(), email=f"{role}@example.com", role=role, password="Harbour seventeen")
        for role in Role.values
    }
    Waiting.objects.all().delete()
    return made


@pytest.fixture
def me() -> Actor:
    """A program: none of the staff."""
    return system("test", Environment.PRODUCTION)


def titles(admin: Admin) -> list[str]:
    """What stands in an inbox, newest first, with the number of each."""
    return [f"{row.title} × {row.count}" for row in Notification.objects.of(admin)]
