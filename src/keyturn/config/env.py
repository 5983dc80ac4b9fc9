"""Settings that come from the environment, all with the prefix KEYTURN_."""

import os
import secrets
from pathlib import Path
from typing import Any, ClassVar

import environ
from cryptography.fernet import Fernet
from platformdirs import user_data_path


class _Env(environ.Env):  # type: ignore[misc]
    """Remembers which variables there are, so that a misspelt one can be told."""

    known: ClassVar[set[str]] = set()

    def get_value(self, var: str, *args: Any, **options: Any) -> Any:
        """As the library's."""
        self.known.add(f"{self.prefix}{var}")
        return super().get_value(var, *args, **options)


env = _Env()
env.prefix = "KEYTURN_"


def data_dir() -> Path:
    """Where the embedded database, generated keys and uploads live; made on first use, private."""
    path = Path(env.str("DATA_DIR", default="") or user_data_path("keyturn"))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.resolve()


def kept_secret(name: str, folder: Path) -> str:
    """KEYTURN_<name>, or a random value made once and kept in the data folder, readable by its owner."""
    given: str = env.str(name, default="")
    if given:
        return given
    file = folder / f"{name.lower()}.txt"
    fresh = Fernet.generate_key().decode() if name == "ENCRYPTION_KEYS" else secrets.token_urlsafe(50)
    draft = folder / f".{name.lower()}.{os.getpid()}"
    if not file.exists():
        draft.write_text(fresh, encoding="ascii")
        draft.chmod(0o600)
        try:
            # A hard link fails when another process was first: all processes then read its value.
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()
