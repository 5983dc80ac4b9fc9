"""When a call is tried again, and how long to wait before.

Verifying changes nothing, and every activation and deactivation carries an Idempotency-Key that stays the
same over its attempts: a repeated one is answered with what the first one came to. So all three may be
repeated. What is final (a verdict, a refused API key) is never asked again.
"""

import random
from dataclasses import dataclass
from typing import Final

AGAIN: Final = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Retry:
    """At most `attempts` tries; pauses are random up to a bound that doubles from `first`, at most `longest` seconds.

    The randomness keeps the programs of all customers from coming back in step after an outage.
    """

    attempts: int = 3
    first: float = 0.5
    longest: float = 8.0

    def pause(self, attempt: int, asked: float = 0.0) -> float | None:
        """Seconds to wait after attempt number `attempt` (from 1), or None to give up.

        `asked` is what the server wished for (Retry-After); longer than `longest` is not worth waiting.
        """
        if attempt >= self.attempts or asked > self.longest:
            return None
        bound = min(self.longest, self.first * 2 ** (attempt - 1))
        return max(asked, random.uniform(0, bound))  # noqa: S311 - a pause is no secret
