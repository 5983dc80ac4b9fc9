"""Whose inboxes these are. The staff has a room of its own above; this is what is needed of it here."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from django.contrib.auth import get_user_model


class Person(Protocol):
    """An admin."""

    @property
    def pk(self) -> Any:
        """His key."""

    @property
    def uuid(self) -> UUID:
        """His id outside."""

    @property
    def email(self) -> str:
        """Where mail reaches him."""

    @property
    def name(self) -> str:
        """What he is called."""

    @property
    def role(self) -> str:
        """His one role."""


def active() -> Sequence[Person]:
    """Everybody who can be told something now (NTF-08)."""
    return list(get_user_model().objects.filter(is_active=True, deleted_at=None))
