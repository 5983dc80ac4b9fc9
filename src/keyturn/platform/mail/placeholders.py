"""The template language: `{{name}}` is replaced by a value, and that is all it can do."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_VARIABLE = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}")
_MISNAMED = re.compile(r"\{\{[ \t]*([^{}\n]{0,100}?)[ \t]*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a template, at `line` and `column`, both counted from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"Line {self.line}, column {self.column}: {self.message}"


def names(text: str) -> set[str]:
    """The variables that `text` uses."""
    return set(_VARIABLE.findall(text))


def problems(text: str, allowed: set[str]) -> list[Problem]:
    """Unknown variables and stray braces, in the order in which they stand."""
    found = [
        (match.start(), f"{{{{{match[1]}}}}} is not one of the variables of this template.")
        for match in _VARIABLE.finditer(text)
        if match[1] not in allowed
    ]
    # Same length, so that positions stay.
    rest = _VARIABLE.sub(lambda match: " " * len(match[0]), text)
    for match in _MISNAMED.finditer(rest):
        found.append((match.start(), f"“{match[1]}” is no name. Use letters, digits and underscores, a letter first."))
    rest = _MISNAMED.sub(lambda match: " " * len(match[0]), rest)
    for match in _BRACES.finditer(rest):
        what = "{{ is not closed" if match[0] == "{{" else "}} has no opening"
        found.append((match.start(), f"{what}. Write a variable as {{{{customer_name}}}}."))
    return [_at(text, position, message) for position, message in sorted(found)]


def fill(text: str, value: Callable[[str], str]) -> str:
    """`text` with each variable replaced by `value(name)`, once: what values hold is not looked into."""
    parts = re.split(_VARIABLE, text)
    # Even parts are text, odd ones are names. Stray braces never reach a reader.
    return "".join(value(part) if odd % 2 else _BRACES.sub("", part) for odd, part in enumerate(parts))


def fill_from(text: str, values: Mapping[str, str]) -> str:
    """`text` with variables replaced; those without a value become empty."""
    return fill(text, lambda name: values.get(name, ""))


def _at(text: str, position: int, message: str) -> Problem:
    before = text[:position]
    return Problem(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1, message)
