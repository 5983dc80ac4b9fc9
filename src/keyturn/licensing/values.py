"""Rules for values that products, generators and licenses share."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keyturn.core.errors import Invalid

FEATURE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")
METADATA_BYTES = 10_240

Errors = dict[str, list[str]]


def collect(errors: Errors, field: str, check: Callable[[], None]) -> None:
    """Run `check`; when it raises Invalid, file its messages under `field`."""
    try:
        check()
    except Invalid as problem:
        errors.setdefault(field, []).extend(m for messages in problem.errors.values() for m in messages)


def check_limit(value: Any, highest: int) -> None:
    """Raise Invalid unless `value` is -1 (unlimited) or from 1 to `highest`."""
    if not isinstance(value, int) or isinstance(value, bool) or not (value == -1 or 1 <= value <= highest):
        raise Invalid({"": [f"Enter a whole number from 1 to {highest:,}, or -1 for unlimited."]})


def check_validity(count: Any) -> None:
    """Raise Invalid unless `count` is from 1 to 36,500, or None for ever."""
    if count is not None and not (isinstance(count, int) and 1 <= count <= 36_500):
        raise Invalid({"": ["Enter a whole number from 1 to 36,500, or nothing for ever."]})


def check_features(features: Any) -> None:
    """Raise Invalid unless `features` maps feature keys to true/false, whole numbers, text or null."""
    if not isinstance(features, Mapping):
        raise Invalid({"": ['Enter a JSON object, such as {"export": true}.']})
    for key, value in features.items():
        if not isinstance(key, str) or not FEATURE_KEY.fullmatch(key):
            raise Invalid({"": [f"“{str(key)[:40]}” is no feature key: use letters, digits and _ . : -"]})
        if not (value is None or isinstance(value, bool | int | str)):
            raise Invalid({"": [f"“{key}” must be true, false, a whole number, text or null."]})


def check_metadata(metadata: Any) -> None:
    """Raise Invalid unless `metadata` is a JSON object of at most 10 KB."""
    if not isinstance(metadata, Mapping):
        raise Invalid({"": ['Enter a JSON object, such as {"team": "Berlin"}.']})
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > METADATA_BYTES:
        raise Invalid({"": ["Enter at most 10 KB of metadata."]})


def check_choice(value: str, choices: Sequence[str]) -> None:
    """Raise Invalid unless `value` is one of `choices`."""
    if value not in choices:
        raise Invalid({"": [f"Choose one of: {', '.join(choices)}."]})


def check_length(value: str, lowest: int, highest: int) -> None:
    """Raise Invalid unless `value` has from `lowest` to `highest` characters."""
    if not lowest <= len(value) <= highest:
        wanted = f"{lowest} to {highest}" if lowest > 1 else f"at most {highest}"
        raise Invalid({"": ["This field is required." if lowest and not value else f"Enter {wanted} characters."]})


def raise_if_any(errors: Errors) -> None:
    """Raise Invalid with what was collected, if anything was."""
    if errors:
        raise Invalid(errors)
