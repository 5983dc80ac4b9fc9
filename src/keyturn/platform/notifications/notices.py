"""What admins are told, and the rooms that tell it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from django.utils.module_loading import autodiscover_modules

Link = tuple[str, str]
"""What a notice leads to: a kind that the portal knows, such as "license", and a UUID or nothing."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told.

    The same type, `cause`, `subject` and environment within 15 minutes make one line; then `many` and
    `link_many` stand in the place of `body` and `link`. `author` is the admin who did it: he is not told of
    his own doings, except of security. `admins` are told because it concerns them, `roles` replaces the roles
    of the type. What has a key in `once` is told once for ever. `by_mail` is False where a mail goes out
    already, or must not. All ids are UUIDs as text.
    """

    type: str
    cause: str
    title: str
    body: str = ""
    many: str = ""
    environment: str = ""
    subject: tuple[str, str] = ("", "")
    link: Link = ("", "")
    link_many: Link = ("", "")
    count: int = 1
    author: str = ""
    person: str = ""
    admins: tuple[str, ...] = ()
    roles: tuple[str, ...] | None = None
    once: str = ""
    by_mail: bool = True

    @property
    def fold(self) -> str:
        """What folds has the same."""
        return ":".join((self.type, self.cause, self.environment, *self.subject))[:200]

    def and_more(self, count: int) -> "Notice":
        """This notice for `count` more of its kind."""
        body, link = self.many or self.body, self.link_many if self.link_many[0] else self.link
        return replace(self, count=self.count + count, body=body, link=link, person="" if self.many else self.person)

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @staticmethod
    def restored(values: dict[str, Any]) -> "Notice":
        """What `stored` gave."""
        members: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return Notice(**members)


@dataclass(frozen=True, slots=True)
class Happening:
    """An audit entry, as far as notices need it. Empty text where it names nobody."""

    action: str
    environment: str
    actor: tuple[str, str, str]
    subject: tuple[str, str]
    license: str
    customer: str
    changes: dict[str, Any]
    note: str

    @property
    def author(self) -> str:
        """The admin who did it."""
        kind, uuid, _ = self.actor
        return uuid if kind == "admin" else ""


Teller = Callable[[Sequence[Happening]], Iterable[Notice]]
_TELLERS: list[tuple[frozenset[str], Teller]] = []


def tells(*actions: str) -> Callable[[Teller], Teller]:
    """Declare that the function words notices about audit events of these actions. It gets many at once."""

    def declare(teller: Teller) -> Teller:
        _TELLERS.append((frozenset(actions), teller))
        return teller

    return declare


def tellers() -> Sequence[tuple[frozenset[str], Teller]]:
    """All of them, with the actions that they listen to."""
    _discover()
    return _TELLERS


@cache
def heard() -> frozenset[str]:
    """The actions that somebody listens to."""
    return frozenset(action for actions, _ in tellers() for action in actions)


@cache
def _discover() -> None:
    autodiscover_modules("notifying")
