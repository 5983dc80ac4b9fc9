"""What the program keeps between its runs: signed answers, and the latest time it has seen.

Files lie in the per-user folder for application data. They hold no secret, and none is believed for lying
there: answers are kept with their signatures, which are checked at every read. Keeping is best effort: a
folder that cannot be written costs the cache, never a start of the program.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from keyturn_client.answers import Question


def default_folder(app: str, platform: str = sys.platform, env: Mapping[str, str] = os.environ) -> Path:
    """Where a program of that name keeps its state: per user, on the usual place of the system."""
    home = Path.home()
    if platform == "win32":
        return Path(env.get("LOCALAPPDATA") or home / "AppData" / "Local") / app
    if platform == "darwin":
        return home / "Library" / "Application Support" / app
    return Path(env.get("XDG_STATE_HOME") or home / ".local" / "state") / app


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept answer, not checked yet; `fetched` is what the clock of this machine said then."""

    envelope: dict[str, Any]
    fetched: datetime


class State:
    """The folder of one program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, question: Question) -> Kept | None:
        """The answer kept for that question; None when there is none that can be read."""
        found = self._read(self._answer(question))
        at = _time(found.pop("fetched", None))
        return Kept(found, at) if at else None

    def keep(self, question: Question, envelope: Mapping[str, str], at: datetime) -> None:
        """Keep an answer in place of the one before."""
        self._write(self._answer(question), json.dumps({**envelope, "fetched": at.timestamp()}))

    def forget(self, question: Question) -> None:
        """Keep no answer to that question."""
        with suppress(OSError):
            self._answer(question).unlink()

    def last_seen(self) -> datetime | None:
        """The latest time that was ever seen here."""
        return _time(self._read(self.folder / "clock.json").get("seen"))

    def see(self, at: datetime) -> None:
        """Note that it is `at` now; the noted time only grows."""
        seen = self.last_seen()
        # Within a minute a new note tells nothing, and costs a write at every check.
        if seen is None or (at - seen).total_seconds() > 60:
            self._write(self.folder / "clock.json", json.dumps({"seen": at.timestamp()}))

    def _answer(self, question: Question) -> Path:
        text = "\0".join((question.license_key, question.identifier, question.product))
        return self.folder / f"answer-{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, path: Path, text: str) -> None:
        write_whole(path, text)


def write_whole(path: Path, text: str) -> bool:
    """Write a file in one step, so that no reader meets half of it; whether that was possible."""
    name = ""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            name = file.name
            file.write(text)
        Path(name).replace(path)
    except OSError:
        if name:
            with suppress(OSError):
                Path(name).unlink()
        return False
    return True


def _time(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None
