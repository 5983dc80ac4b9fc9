"""Cleaning of what people type."""

import pytest

from keyturn.core.text import clean_email, clean_line


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


@pytest.mark.spec("CUS-21")
@pytest.mark.parametrize(
    "typed", ["Zoë+1@MÜNCHEN.example", " zoë+1@xn--mnchen-3ya.example", "ZOË+1@XN--MNCHEN-3YA.EXAMPLE"]
)
def test_a_mailbox_has_one_address_however_its_domain_is_written(typed: str) -> None:
    assert clean_email(typed) == "zoë+1@münchen.example"
