"""Taking secrets and personal data out of text that people will read, such as exceptions."""

import re
from collections.abc import Iterable

# Strangers choose what is read here, at any length, so no pattern may look at a character more than a few times:
# runs are entered at their start alone (`(?<!…)`), and what was taken is not given back (`(?>…)`, `*+`).
_WORDS = r"password|passwd|secret|token|api[-_]?key|authorization|credential|cookie|signature"
_NAMED = rf"(?i)(?<![\w-])((?>[\w-]*?(?:{_WORDS}))[\w-]*+)"
_RULES: list[tuple[re.Pattern[str], str]] = [
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        "[hidden]",
    ),
    (re.compile(r"://[^/\s:@]*:[^/\s@]+@"), "://[hidden]@"),
    (re.compile(r"(?i)\b(bearer|basic)\s++[\w.~+/=-]{8,}"), r"\1 [hidden]"),
    (re.compile(_NAMED + r"""(["']?\s*+[=:]\s*+)(?:"[^"]*+"|'[^']*+'|[^\s,;&)}\]]+)"""), r"\1\2[hidden]"),
    # PostgreSQL names the values of a broken constraint.
    (re.compile(r"(Key \([^)]{0,200}\)=\()[^)]*\)"), r"\1[hidden])"),
    (re.compile(r"(?i)(?<![^\s@<>\"'=(])[^\s@<>\"'=(]++@[\w-]++(?:\.[\w-]+)++"), "[e-mail]"),
    (re.compile(r"\bkt_[a-z]+_[\w-]+"), "[hidden]"),
    # License keys may be UUIDs: what is left tells rows apart and opens nothing.
    (re.compile(r"(?i)\b([0-9a-f]{8})-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), r"\1-[hidden]"),
    (re.compile(r"\b[A-Z0-9]{2,8}(?:-[A-Z0-9]{4,8}){2,}\b"), "[hidden]"),
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}={0,2}"), "[hidden]"),
]


def redact(text: str, known: Iterable[str] = ()) -> str:
    """`text` without `known` secrets and without whatever looks like a secret, key or e-mail address.

    `known` values shorter than 6 characters are left: they would blot out ordinary words.
    """
    for value in sorted(set(known), key=len, reverse=True):
        if len(value) >= 6:
            text = text.replace(value, "[hidden]")
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
