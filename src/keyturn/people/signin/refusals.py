"""Why somebody is not let in."""

from datetime import timedelta

from keyturn.core.errors import KeyturnError


class SignInRefused(KeyturnError):
    """Wrong, unknown, closed or throttled. `wait` is how long to pause, zero for a plain refusal."""

    def __init__(self, message: str, wait: timedelta = timedelta()) -> None:
        super().__init__(message)
        self.wait = wait


class TooMany(SignInRefused):
    """Too many attempts; says how long to pause."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"Too many attempts. Try again in {_in_words(wait)}.", wait)


def _in_words(pause: timedelta) -> str:
    seconds = int(pause.total_seconds()) + 1
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
