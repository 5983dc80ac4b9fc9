"""Why the API turned calls away: the codes and the words of the log (LOG-13). The caller learns neither."""

from typing import Final, NamedTuple


class Rule(NamedTuple):
    """One reason, and how the log puts it."""

    reason: str
    text: str


LISTED: Final = Rule("IP_BLOCKLISTED", "The address, device or license key is on the block list")
FOREIGN: Final = Rule("IP_BLOCKLISTED", "The address is not among those of the API key")
COUNTRY: Final = Rule("GEO_BLOCKED", "The country of the address is blocked")
PROGRAM: Final = Rule("USER_AGENT_BLOCKED", "The program is blocked by its User-Agent")
INJECTION: Final = Rule("SQL_INJECTION_ATTEMPT", "A parameter looks like an attempt at SQL injection")
GUESSING: Final = Rule("ABUSE_PATTERN_DETECTED", "The address has sent too many different wrong keys")
REVOKED: Final = Rule("API_KEY_REVOKED", "The API key is inactive or expired")
TOO_OFTEN: Final = Rule("RATE_LIMIT_EXCEEDED", "More requests than the limit allows")
UNREADABLE: Final = Rule("MALFORMED_REQUEST", "The request could not be read")
METHOD: Final = Rule("MALFORMED_REQUEST", "The endpoint does not take this method")
TOO_LARGE: Final = Rule("MALFORMED_REQUEST", "The body is too large")

_ALL: Final = (
    *(LISTED, FOREIGN, COUNTRY, PROGRAM, INJECTION, GUESSING),
    *(REVOKED, TOO_OFTEN, UNREADABLE, METHOD, TOO_LARGE),
)
_REASONS: Final = {rule.text: rule.reason for rule in _ALL}


def reason_of(message: str) -> str:
    """The code of an entry with this message; empty when it is not about a call that was turned away."""
    return _REASONS.get(message, "")
