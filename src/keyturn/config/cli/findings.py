"""What a checkup found, and what to do about it."""

from typing import Literal, NamedTuple


class Finding(NamedTuple):
    """One result. `remedy` is empty when nothing is to be done."""

    status: Literal["ok", "warning", "failure"]
    text: str
    remedy: str = ""


def ok(text: str) -> Finding:
    """Nothing to do."""
    return Finding("ok", text)


def warning(text: str, remedy: str) -> Finding:
    """Works, but should be better."""
    return Finding("warning", text, remedy)


def failure(text: str, remedy: str) -> Finding:
    """Does not work, or soon will not."""
    return Finding("failure", text, remedy)
