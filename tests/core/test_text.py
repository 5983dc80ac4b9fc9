"""Cleaning of what people type."""

import pytest

from keyturn.core.text import clean_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("John\r\nBcc: x@evil.example", "John Bcc: x@evil.example"),
        ("محمد عبد الله", "محمد عبد الله"),
        ("\u202eevil\u2069 John", "evil John"),
        ("👩\u200d🚀 Zoë", "👩\u200d🚀 Zoë"),
    ],
)
def test_a_line_keeps_its_script_but_turns_nothing_around(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept
