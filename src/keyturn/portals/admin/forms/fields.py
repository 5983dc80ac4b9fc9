"""Form fields that several pages use."""

import json
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from keyturn.core.errors import Invalid


def follows(check: Callable[[Any], object]) -> Callable[[Any], None]:
    """A rule of the domain as a validator, so that a form shows all its errors at once."""

    def validate(value: Any) -> None:
        try:
            check(value)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.message) from refusal

    return validate


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _storable(parsed: Any) -> None:
    # Neither NUL nor half a character can be stored; the second makes encode() fail with a ValueError.
    if b"\\u0000" in json.dumps(parsed, ensure_ascii=False).encode():
        raise ValueError("NUL")


class JsonObjectField(forms.CharField):
    """A JSON object in a text area, held to the rule `check`; empty means {}. Shown indented."""

    def __init__(self, *, check: Callable[[Any], object], rows: int = 4, **options: Any) -> None:
        self.check = follows(check)
        attrs = {"rows": rows, "spellcheck": "false", "class": "font-mono text-[0.78125rem]!"}
        super().__init__(widget=forms.Textarea(attrs=attrs), required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        """Values of the model as text; what was typed stays as it was typed."""
        if isinstance(value, str):
            return value
        return json.dumps(value, indent=2, ensure_ascii=False) if value else "{}"

    def clean(self, value: Any) -> dict[str, Any]:
        """The object, or the line on which the text stops being JSON."""
        text = super().clean(value).strip()
        try:
            parsed = json.loads(text or "{}", parse_constant=_no_number)
            _storable(parsed)
        except ValueError as error:
            line = getattr(error, "lineno", 1)
            raise forms.ValidationError(f"This is not valid JSON: look at line {line}.") from error
        except RecursionError as error:
            raise forms.ValidationError("This is nested too deeply.") from error
        if not isinstance(parsed, dict):
            raise forms.ValidationError('Enter a JSON object, such as {"export": true}.')
        self.check(parsed)
        return parsed


class DayField(forms.DateField):
    """A day, picked in the browser's calendar; gives the last second of it in the viewer's zone."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "tabular-nums"})
        messages = {"invalid": "Enter a date, such as 2027-01-31."}
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], error_messages=messages, **options)

    def prepare_value(self, value: Any) -> Any:
        """The day on which a moment falls."""
        return timezone.localtime(value).date() if isinstance(value, datetime) else value


def end_of(day: date) -> datetime:
    """The last second of a day in the viewer's zone: what expires on a day is good through it."""
    return datetime.combine(day, time(23, 59, 59), timezone.get_current_timezone())


def kept_or_end_of(day: date | None, before: datetime | None) -> datetime | None:
    """The moment behind a day field: `before` to the second when the day was left alone."""
    if day is None:
        return None
    return before if before is not None and timezone.localtime(before).date() == day else end_of(day)
