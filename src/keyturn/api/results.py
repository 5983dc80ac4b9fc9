"""Validation results that are kept for a while (SET-22): an unchanged license is judged once.

What is known of a license is read anew for every request, and a result counts only for exactly what it was
found from. So whatever changes, in whatever process, ends it at once; nothing has to be told to anybody.
"""

import threading
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from keyturn.api.envelope import Result
from keyturn.api.verdicts import Asked
from keyturn.core.db import Row
from keyturn.licensing.licenses.facts import Facts
from keyturn.licensing.licenses.verification import VALID
from keyturn.platform.monitoring import instruments

# About 15 MB a process; the oldest goes first, and a license with very much metadata is not kept.
MOST: Final = 2048
_LARGEST: Final = 8192


class _Kept(NamedTuple):
    basis: Row
    until: datetime
    result: Result


class Results:
    """Positive answers to `verify` by what was asked."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self._changing = threading.Lock()

    def find(self, asked: Asked, known: Facts) -> Result | None:
        """The result for the same question about the same facts, if it is not too old."""
        if asked.endpoint != "verify":
            return None
        kept = self._kept.get(_question(asked))
        found = kept.result if kept and asked.at < kept.until and kept.basis == known.basis else None
        instruments.validation(kept=found is not None)
        return found

    def keep(self, asked: Asked, known: Facts, result: Result) -> None:
        """Keep a positive result, at most until the license expires."""
        if asked.endpoint != "verify" or result.code != VALID.code or result.status != 200 or known.license is None:
            return
        until = asked.at + timedelta(minutes=known.settings["licenses.cache_minutes"])
        if known.license.expires_at is not None:
            until = min(until, known.license.expires_at)
        if until <= asked.at or sum(len(one) for one in known.basis if isinstance(one, str)) > _LARGEST:
            return
        question = _question(asked)
        with self._changing:
            # Put in anew, so that the oldest stands first.
            self._kept.pop(question, None)
            if len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[question] = _Kept(known.basis, until, result)


def _question(asked: Asked) -> tuple[Any, ...]:
    return asked.license_key, asked.identifier, asked.profile, asked.names_product, asked.named
