"""What may be shown of an exception."""

import time

import pytest

from keyturn.core.redaction import redact


@pytest.mark.spec("JOB-14")
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("login failed: password=hunter2", "hunter2"),
        ("{'api_key': 'abc def', 'n': 1}", "abc def"),
        ("postgres://keyturn:s3cret@db/x", "s3cret"),
        ("Authorization: Bearer abcdefgh.ijkl", "abcdefgh"),
        ("DETAIL:  Key (license_key)=(SHORT1) already exists.", "SHORT1"),
        ("no mailbox for john.doe+x@mail.example.com", "john"),
        ("kt_live_abcDEF123 refused", "abcDEF"),
        ("license PRO-ABCD-EFGH-1234-8WZC is taken", "EFGH"),
        ("license 01a2003a-32b8-7735-b07d-441bf4fe0fe9", "7735"),
        ("seed 4f5e6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c", "9d0e1f"),
        ("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", "MIIB"),
    ],
)
def test_what_looks_like_a_secret_goes(text: str, secret: str) -> None:
    assert secret not in redact(text)


def test_ordinary_text_stays() -> None:
    text = 'File "/srv/licensing/licenses/lifecycle.py", line 44, in renew\nValueError: 3 of 5 at 2026-11-21'
    assert redact(text) == text


def test_known_secrets_go_wherever_they_are() -> None:
    assert redact("the answer is swordfish.", ["swordfish", "is"]) == "the answer is [hidden]."


@pytest.mark.spec("API-22")
@pytest.mark.parametrize(
    "piece", ["x", "a-", "x1-", "token", "a@b-", "api_key", "A2345678-", "Key (", "x@", "://a:", "secret-", "token='"]
)
def test_text_of_strangers_takes_no_longer_than_it_is_long(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    began = time.process_time()
    redact(text)
    redact(f"a@{text}!")
    assert time.process_time() - began < 2  # Each of these took half a minute and more, or would for longer ones.


def test_names_and_keys_in_the_middle_of_a_word_go() -> None:
    assert "hunter2" not in redact("--db-password-file=hunter2")
    assert redact("x=1 mytoken_secret: abc") == "x=1 mytoken_secret: [hidden]"
    assert redact("(ada@example.com)<bob@example.com>") == "([e-mail])<[e-mail]>"
    assert "f9a8" not in redact("-4f5e6a7b8c9d0e1f2a3b4c5d6e7f8a9b0cf9a8")
