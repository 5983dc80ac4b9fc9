"""Declaring kinds of jobs: what runs, on which queue, how often it is tried and how long it may take."""

import inspect
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.module_loading import autodiscover_modules

# Workers take lower numbers first.
PRIORITY = {"high": 0, "default": 1, "emails": 1, "webhooks": 1, "bulk": 2}
QUEUES = tuple(PRIORITY)
FAST_QUEUES = tuple(queue for queue in QUEUES if queue != "bulk")
# Its jobs wait for other people's servers, each for seconds at most: a thread of its own spares all others that.
WAITING_QUEUE = "webhooks"

Backoff = Callable[[int], timedelta]
"""The pause after the failed attempt number n, counted from 1."""


def exponential(first: float = 15, factor: float = 4, longest: float = 3600) -> Backoff:
    """Growing pauses in seconds, each lengthened by up to a fifth so that jobs do not return in step."""

    def pause(attempt: int) -> timedelta:
        seconds = min(longest, first * factor ** (attempt - 1))
        return timedelta(seconds=seconds * (1 + random.random() / 5))  # noqa: S311

    return pause


def pauses(*seconds: float) -> Backoff:
    """Exactly these pauses, one after the other; the last one repeats."""
    return lambda attempt: timedelta(seconds=seconds[min(attempt, len(seconds)) - 1])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job. `function` takes a Run and then the payload as keyword arguments.

    Of a kind that is `alone` one job runs at a time, however many workers there are.
    """

    name: str
    title: str
    function: Callable[..., Any]
    queue: str = "default"
    attempts: int = 3
    timeout: float = 60
    alone: bool = False
    backoff: Backoff = field(default_factory=exponential)

    def check(self, payload: dict[str, Any]) -> None:
        """Raise TypeError unless the function accepts `payload`."""
        inspect.signature(self.function).bind(None, **payload)


class UnknownKind(Exception):
    """A job in the table is of a kind that this version of the product does not have."""


_KINDS: dict[str, Kind] = {}


def job(
    *,
    queue: str = "default",
    attempts: int = 3,
    timeout: float = 60,
    alone: bool = False,
    backoff: Backoff | None = None,
    name: str = "",
    title: str = "",
) -> Callable[[Callable[..., Any]], Kind]:
    """Declare the decorated function as a kind of job; `timeout` is in seconds.

    The name, by default the room and the function (`licenses.expire`), is kept in the table: it must
    outlive a rename of the function. `title` is what people read.
    """
    if queue not in PRIORITY:
        raise ValueError(f"No such queue: {queue}")

    def declare(function: Callable[..., Any]) -> Kind:
        full = name or f"{_room(function.__module__)}.{function.__name__}"
        if full in _KINDS:
            raise ValueError(f"Two kinds of jobs are named {full}")
        readable = title or full.replace(".", ": ").replace("_", " ").capitalize()
        _KINDS[full] = Kind(full, readable, function, queue, attempts, timeout, alone, backoff or exponential())
        return _KINDS[full]

    return declare


def find(name: str) -> Kind:
    """The kind of that name. Raises UnknownKind."""
    if name not in _KINDS:
        discover()
    try:
        return _KINDS[name]
    except KeyError as error:
        raise UnknownKind(name) from error


def alone(queues: Sequence[str]) -> list[str]:
    """Names of the kinds on `queues` of which one job runs at a time."""
    return [kind.name for kind in _KINDS.values() if kind.alone and kind.queue in queues]


def title(name: str) -> str:
    """What people read for a kind; its bare name when this version no longer has it."""
    try:
        return find(name).title
    except UnknownKind:
        return name


def titled(term: str) -> list[str]:
    """Names of the kinds whose title contains `term`, in any case."""
    discover()
    return [kind.name for kind in _KINDS.values() if term.lower() in kind.title.lower()]


def discover() -> None:
    """Import `tasks.py` of every installed app."""
    autodiscover_modules("tasks")


def _room(module: str) -> str:
    parts: Sequence[str] = module.split(".")
    return parts[-2] if len(parts) > 1 and parts[-1] == "tasks" else parts[-1]
