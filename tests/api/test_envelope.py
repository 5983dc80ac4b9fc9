"""JSON that survives re-encoding, whatever the answer holds; and the table of codes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyturn.api import codes, envelope
from keyturn.api.envelope import Result
from keyturn.licensing.licenses import verification
from keyturn.licensing.licenses.verification import Verdict
from keyturn.licensing.signing.services import Signer

SPEC = Path(__file__).parents[2] / "docs/spec/api-v1.md"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]*")

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)
echo = Signer("pair", "product", lambda message: message.decode())


def _walk(value: Any) -> None:
    assert not isinstance(value, float)
    if isinstance(value, str):
        assert not re.search("[\u2028\u2029\ud800-\udfff]", value)
    elif isinstance(value, int):
        assert abs(value) < 2**53
    elif isinstance(value, dict):
        assert value, "no empty object"
        assert list(value) == sorted(value)
        for name, item in value.items():
            assert NAME.fullmatch(name)
            _walk(item)
    elif isinstance(value, list):
        for item in value:
            _walk(item)


@settings(max_examples=300, deadline=None)
@given(value=anything, wrapped=st.booleans())
@pytest.mark.spec("API-14", "API-15", "API-16", "API-17")
def test_the_sdk_profile_survives_any_content(value: Any, wrapped: bool) -> None:
    result = Result(200, {"value": value}, {"value": value, "more": {"value": value}}, wrapped=wrapped)
    text = envelope.render(result, profile="sdk", timestamp=1, signer=echo)
    body = json.loads(text)
    _walk(body)
    assert text == json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    for layer in [body, body["data"]] if wrapped else [body]:
        rest = {name: item for name, item in layer.items() if name != "signature"}
        assert layer["signature"] == json.dumps(rest, ensure_ascii=False, separators=(",", ":"))
    assert wrapped or "data" not in body


@settings(max_examples=100, deadline=None)
@given(value=anything)
@pytest.mark.spec("API-11")
def test_the_document_profile_signs_its_own_text(value: Any) -> None:
    body = json.loads(envelope.render(Result(200, {"value": value}), profile="document", timestamp=1, signer=echo))
    assert list(body) == ["response", "response_base64", "private_key_used", "signature"]
    assert body["signature"] == body["response_base64"]


@pytest.mark.spec("API-14")
def test_the_published_example() -> None:
    signed: list[bytes] = []
    signer = Signer("pair", "global", lambda message: signed.append(message) or "S")  # type: ignore[func-returns-value]
    envelope.render(Result(210), profile="sdk", timestamp=1700000000, signer=signer)
    example = re.search(r"exactly these bytes:\n`(.+)`", SPEC.read_text())
    assert example
    assert signed == [example[1].encode()]


@pytest.mark.spec("API-20")
@pytest.mark.parametrize("profile", ["document", "sdk"])
def test_a_missing_key_is_said_aloud(profile: str) -> None:
    body = json.loads(envelope.render(Result(210), profile=profile, timestamp=1, signer=None))
    assert body["signature"] == "Private key not set"


@pytest.mark.spec("API-25")
def test_every_code_of_the_specification() -> None:
    section = SPEC.read_text().partition("## 8. Response codes")[2].partition("Validation errors:")[0]
    expected: dict[int, tuple[str, bool]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        numbers = [part.split() for part in cells[0].split("/")] if len(cells) == 4 else []
        if not numbers or not all(part and part[0].isdigit() for part in numbers):
            continue
        texts = [text.removesuffix(" (lower case)") for text in cells[2].split(" / ")]
        if cells[0] == "900 / 902":
            continue
        if len(texts) != len(numbers):
            texts = [cells[2].replace(" (lower case)", "")] if len(numbers) == 1 else texts
        for index, (number, *mark) in enumerate(numbers):
            success = "S" in mark or (cells[1] == "S" if " / " not in cells[1] else cells[1].split(" / ")[index] == "S")
            expected[int(number)] = (texts[index], success)
    assert expected == {code: (text, codes.is_success(code) and code != 301) for code, text in codes.MESSAGES.items()}
    assert codes.is_success(301)


def test_verdicts_have_the_same_messages() -> None:
    verdicts = [value for value in vars(verification).values() if isinstance(value, Verdict)]
    assert len(verdicts) == 14
    assert all(codes.MESSAGES[verdict.code] == verdict.message for verdict in verdicts)
