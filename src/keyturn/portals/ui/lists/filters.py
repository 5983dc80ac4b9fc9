"""The filters a list can have. Each reads its value from the query, writes it back, and describes its control.

A value of None means: not filtering. Whatever is not understood reads as None, never as an error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from django.http import HttpRequest

from keyturn.core import clock

Pairs = list[tuple[str, str]]
Options = Sequence[tuple[str, str]]
Query = Mapping[str, str]


@dataclass(frozen=True)
class Select:
    """One of a few options; `options` are (value, label) pairs, or a function of the request giving them."""

    kind: ClassVar = "select"
    name: str
    label: str
    options: Options | Callable[[HttpRequest], Options]
    every: str = "All"

    def choices(self, request: HttpRequest) -> Options:
        """The (value, label) pairs, without the one that means all."""
        return self.options(request) if callable(self.options) else self.options

    def read(self, query: Query, request: HttpRequest) -> str | None:
        """The chosen value, if it is one of the options."""
        value = query.get(self.name, "")
        return value if value and any(value == option for option, _ in self.choices(request)) else None

    def write(self, value: str) -> Pairs:
        """The value as query pairs."""
        return [(self.name, value)]

    def control(self, value: str | None, request: HttpRequest) -> dict[str, Any]:
        """What the template needs."""
        return {"every": self.every, "options": self.choices(request), "chosen": value or ""}


@dataclass(frozen=True)
class Linked:
    """A filter that only links set, such as one customer's licenses.

    `describe(request, value)` names the value for the chip, or gives None when it is not valid here.
    """

    kind: ClassVar = "linked"
    name: str
    label: str
    describe: Callable[[HttpRequest, str], str | None]

    def read(self, query: Query, request: HttpRequest) -> str | None:
        """The value, if it can be named."""
        value = query.get(self.name, "")
        return value if value and self.describe(request, value) is not None else None

    def write(self, value: str) -> Pairs:
        """The value as query pairs."""
        return [(self.name, value)]

    def control(self, value: str | None, request: HttpRequest) -> dict[str, Any]:
        """What the template needs."""
        return {"chosen": value or "", "text": self.describe(request, value) if value else ""}


@dataclass(frozen=True)
class Preset:
    """A named stretch of days around today; None leaves an end open. (0, 30) is today and the next 30 days."""

    value: str
    label: str
    start: int | None
    end: int | None


@dataclass(frozen=True)
class DateSpan:
    """Days from `start` to `end`, both included, None open. `preset` is the name it was chosen by, or empty."""

    start: date | None = None
    end: date | None = None
    preset: str = ""


@dataclass(frozen=True)
class DateRange:
    """A stretch of days: `name` holds a preset, `name_from` and `name_to` dates as 2026-01-31."""

    kind: ClassVar = "range"
    name: str
    label: str
    presets: tuple[Preset, ...] = ()
    every: str = "Any time"

    def read(self, query: Query, request: HttpRequest) -> DateSpan | None:
        """The span asked for: explicit dates before a preset."""
        start, end = _day(query.get(f"{self.name}_from", "")), _day(query.get(f"{self.name}_to", ""))
        if start or end:
            return DateSpan(start, end)
        today = clock.now().date()
        for preset in self.presets:
            if preset.value == query.get(self.name):
                return DateSpan(_shift(today, preset.start), _shift(today, preset.end), preset.value)
        return None

    def write(self, value: DateSpan) -> Pairs:
        """The span as query pairs."""
        if value.preset:
            return [(self.name, value.preset)]
        ends = ((f"{self.name}_from", value.start), (f"{self.name}_to", value.end))
        return [(name, day.isoformat()) for name, day in ends if day]

    def control(self, value: DateSpan | None, request: HttpRequest) -> dict[str, Any]:
        """What the template needs."""
        span = value or DateSpan()
        custom = _words(span) if value and not span.preset else ""
        options = [(preset.value, preset.label) for preset in self.presets]
        return {"every": self.every, "options": options, "chosen": span.preset, "custom": custom, "span": span}


Filter = Select | Linked | DateRange


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _shift(today: date, days: int | None) -> date | None:
    return None if days is None else today + timedelta(days=days)


def _words(span: DateSpan) -> str:
    start, end = (f"{day:%b} {day.day}, {day.year}" if day else "" for day in (span.start, span.end))
    return f"{start} – {end}" if start and end else f"from {start}" if start else f"until {end}"
