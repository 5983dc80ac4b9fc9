"""What a template must look like before it is saved."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from keyturn.core.errors import Invalid
from keyturn.core.text import clean_line
from keyturn.platform.mail import placeholders, rendering
from keyturn.platform.mail.templates import COMMON

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_DANGEROUS = re.compile(r"(?i)<\s*/?\s*(?:script|iframe|form|object|embed|input|button)\b|\son\w+\s*=|javascript:")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
BODY_LENGTH = 100_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A template as it was typed. `text` empty: made from the body."""

    name: str
    slug: str
    category: str
    subject: str
    body: str
    format: str = rendering.MARKDOWN
    text: str = ""
    variables: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """A sound draft, cleaned. `hints` say what is odd but allowed, and what was removed."""

    draft: Draft
    hints: list[str] = field(default_factory=list)


def check(draft: Draft) -> Checked:
    """Clean a draft. Raises Invalid naming the fields, with the place of each problem."""
    errors: dict[str, list[str]] = {}
    for name, limit in (("name", 150), ("category", 60), ("subject", rendering.SUBJECT_LENGTH)):
        if not 1 <= len(clean_line(getattr(draft, name))) <= limit:
            errors[name] = [f"Enter 1 to {limit} characters."]
    if not _SLUG.fullmatch(draft.slug) or len(draft.slug) > 100:
        errors["slug"] = ["Enter small letters, digits and single dashes, at most 100."]
    if not draft.body.strip() or len(draft.body) > BODY_LENGTH:
        errors["body"] = [f"Enter a text of at most {BODY_LENGTH:,} characters."]
    if draft.format not in (rendering.MARKDOWN, rendering.HTML):
        errors["format"] = ["Choose Markdown or HTML."]
    wrong = [name for name in draft.variables if not _NAME.fullmatch(name)]
    if wrong:
        errors["variables"] = [f"Not a variable name: {', '.join(wrong)[:100]}. Use letters, digits and underscores."]
    _check_places(draft, errors)
    if errors:
        raise Invalid(errors)
    return Checked(_clean(draft), list(_hints(draft)))


def sample(variables: Iterable[str]) -> dict[str, object]:
    """A believable value for each variable, for previews and tests."""
    return {name: _SAMPLES.get(name, name.replace("_", " ").capitalize()) for name in (*COMMON, *variables)}


def _check_places(draft: Draft, errors: dict[str, list[str]]) -> None:
    allowed = {*COMMON, *draft.variables}
    for name in ("subject", "body", "text"):
        for problem in placeholders.problems(getattr(draft, name), allowed)[:5]:
            errors.setdefault(name, []).append(str(problem) if name != "subject" else problem.message)


def _hints(draft: Draft) -> Iterable[str]:
    used = placeholders.names(draft.subject + draft.body + draft.text)
    unused = [name for name in draft.variables if name not in used]
    if unused:
        yield f"Declared but not used: {', '.join(unused)}."
    if draft.format == rendering.HTML and _DANGEROUS.search(draft.body):
        yield "Scripts, frames, forms and event handlers were removed."
    if draft.format == rendering.MARKDOWN and _TAG.search(draft.body):
        yield "HTML shows as text in Markdown. Choose HTML as the body format to use it."


def _clean(draft: Draft) -> Draft:
    body = draft.body.replace("\r\n", "\n").strip() + "\n"
    return Draft(
        clean_line(draft.name),
        draft.slug,
        clean_line(draft.category),
        clean_line(draft.subject),
        _clean_html(body) if draft.format == rendering.HTML else body,
        draft.format,
        draft.text.replace("\r\n", "\n").strip(),
        tuple(dict.fromkeys(draft.variables)),
        draft.enabled,
    )


def _clean_html(body: str) -> str:
    # Cleaning would encode the braces of variables inside addresses.
    salt = secrets.token_hex(8)
    marked = placeholders.fill(body, lambda name: f"KT{salt}X{name.encode().hex()}X")
    cleaned = rendering.clean_html(marked)
    return re.sub(f"KT{salt}X([0-9a-f]+)X", lambda mark: f"{{{{{bytes.fromhex(mark[1]).decode()}}}}}", cleaned)


_SAMPLES: dict[str, object] = {
    "app_name": "Acme Licensing",
    "support_email": "support@example.com",
    "support_url": "https://example.com/support",
    "portal_url": "https://licenses.example.com/customer",
    "customer_name": "John Smith",
    "customer_email": "john@example.com",
    "admin_name": "Mara Lindqvist",
    "role": "Operator",
    "license_key": "PRO-AAAA-BBBB-CCCC-8WZC",
    "product_name": "Pro App",
    "expiry_date": "Jan 26, 2027",
    "activation_limit": 3,
    "license_count": 3,
    "days_left": 14,
    "from_email": "old@example.com",
    "to_email": "new@example.com",
    "action_url": "https://licenses.example.com/customer/example",
    "ip_address": "203.0.113.24",
    "occurred_at": "Jan 26, 2026 14:05 UTC",
    "device_name": "MBP-14",
    "event": "Two-factor sign-in was turned on",
    "ticket_number": 1042,
    "ticket_subject": "How do I move my license?",
}
