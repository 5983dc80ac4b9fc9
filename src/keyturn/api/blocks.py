"""Whom the API turns away before it looks at a key, and by which rule (KEY-12, LOG-13).

What nobody has set costs a request nothing but the look whether it is set.
"""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from django.conf import settings

from keyturn.api import params
from keyturn.api.transport import Call
from keyturn.core.ratelimit import Counters
from keyturn.licensing.abuse.countries import countries
from keyturn.people.apikeys import authentication
from keyturn.people.apikeys.authentication import Credential
from keyturn.platform.logs.blocks import COUNTRY, GUESSING, INJECTION, LISTED, PROGRAM, Rule
from keyturn.platform.preferences.blocked import Blocked

# Answers to a wrong API key, and to a license key where it turned out to be wrong: what programs in the field may ask.
# Whoever manages licenses may see them all, and need not guess.
_WRONG: Final = (100, 210, 501, 830, 831)
_GUESSES_WINDOW: Final = 600  # seconds
_NO_LIMIT: Final = 1_000_000_000

# Each begins at a quote or a bracket that would end the text in a statement. No two repetitions of a pattern meet, so
# the time is linear in the text.
_INJECTION: Final = re.compile(
    r"""
      ['")`] \s* (?:or|and|\|\||&&) \s+ \(? (?:\d+ \s? = \s? \d | '[^']*' \s? = \s? ' | "[^"]*" \s? = \s? ")
    | ['")`] \s* union \s+ (?:all\s+|distinct\s+)? select \b
    | ['")`] \s* ; \s* (?:(?:drop|alter|truncate)\s+table | delete\s+from | insert\s+into | exec(?:ute)?\s) \b
    | ['")`] \s* (?:or|and|;|\|\|) \s* (?:select\s+)? (?:pg_sleep|sleep|benchmark|extractvalue|updatexml)\(
    | ['")`] \s* ; \s* waitfor \s+ delay \b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_QUOTES: Final = re.compile("['\")`]")
_LOOKED_AT: Final = ("license_key", "identifier", "product_id", "generator_id", "contract_id")
_LONGEST: Final = 1000


@lru_cache(maxsize=1)
def _wrong_keys() -> Counters:
    return Counters(settings.DATA_DIR / "wrong-keys.bin", window=_GUESSES_WINDOW)


def rule(call: Call, blocked: Blocked) -> Rule | None:
    """The first rule that turns the caller away, or None."""
    if blocked.addresses and authentication.within(call.ip, blocked.addresses):
        return LISTED
    if blocked.identifiers and _names(call) & blocked.identifiers:
        return LISTED
    if blocked.guesses and call.ip and _wrong_keys().reached(_source(call.ip), blocked.guesses):
        return GUESSING
    if blocked.countries and countries().of(call.ip) in blocked.countries:
        return COUNTRY
    if blocked.programs and _is_one_of(call.user_agent.lower(), blocked.programs):
        return PROGRAM
    return INJECTION if blocked.injection and _injects(call) else None


def note_wrong_key(call: Call, key: Credential | None, code: int, blocked: Blocked) -> None:
    """Count an answer about no license that shows, by its code, that a key is wrong. The same key again is no guess.

    Not counted is who asks with an API key that names his address: a server that asks for many people.
    """
    if code not in _WRONG or not blocked.guesses or not call.ip or (key and key.ip_allow):
        return
    guess = call.secret if code == 100 else params.text(call.params, "license_key")
    source = _source(call.ip)
    if guess and _wrong_keys().count(f"{source} {guess}", _NO_LIMIT)[1] == 1:
        _wrong_keys().hit(source, blocked.guesses)


def _names(call: Call) -> set[str]:
    device = params.identifier(call.params)
    return {device.text if device else "", params.text(call.params, "license_key")}


def _is_one_of(agent: str, programs: tuple[str, ...]) -> bool:
    return any(program in agent for program in programs)


def _injects(call: Call) -> bool:
    texts = (*(params.text(call.params, name) for name in _LOOKED_AT), call.secret)
    return any(_QUOTES.search(text) and _INJECTION.search(text[:_LONGEST]) for text in texts)


@lru_cache(maxsize=4096)
def _source(ip: str) -> str:
    """Who stands behind an address: of IPv6 the network that a line is given."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    if not isinstance(address, IPv6Address):
        return ip
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
