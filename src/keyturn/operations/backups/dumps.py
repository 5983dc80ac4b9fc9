"""The database as one consistent file, and back."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from keyturn.core.errors import Refused
from keyturn.operations.backups import postgres

# Whoever restores over data wants exactly what the backup holds, also when this version has more tables.
_CLEAR: Final = """
BEGIN;
DO $$
DECLARE statement text;
BEGIN
  FOR statement IN
    SELECT format('DROP TABLE IF EXISTS %I.%I CASCADE', schemaname, tablename)
      FROM pg_tables WHERE schemaname = current_schema()
    UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
      FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE statement; END LOOP;
END $$;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
"""


def dump(file: Path) -> None:
    """Write the state of one moment into `file` while others go on reading and writing. Raises Refused."""
    if connection.vendor == "sqlite":
        name = settings.DATABASES["default"]["NAME"]
        with closing(sqlite3.connect(name, timeout=20)) as live, closing(sqlite3.connect(file)) as copy:
            live.backup(copy)
        return
    words = [postgres.program("pg_dump"), "--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
    _succeed([*words, f"--file={file}", postgres.target()])


def load(file: Path) -> None:
    """Put the database of `file` in the place of the present one, in one step. Raises Refused."""
    if connection.vendor == "sqlite":
        connection.close()
        target = Path(settings.DATABASES["default"]["NAME"])
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        file.chmod(0o600)
        file.replace(target)
        return
    connection.close()
    _load_postgres(file)


def _load_postgres(file: Path) -> None:
    """One transaction: what was there before stays when anything fails."""
    chosen = file.with_name("contents.txt")
    contents = _succeed([postgres.program("pg_restore"), "--list", str(file)])
    # Extensions may belong to the server's administrator.
    kept = [line for line in contents.splitlines() if " EXTENSION " not in line and " SCHEMA " not in line]
    chosen.write_text("\n".join(kept), "utf-8")
    restore = [postgres.program("pg_restore"), f"--use-list={chosen}", "--no-owner", "--no-privileges", "--file=-"]
    client = [
        postgres.program("psql"),
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--file=-",
        postgres.target(),
    ]
    with subprocess.Popen(
        [*client, postgres.target()],
        env=postgres.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as server:
        assert server.stdin is not None
        assert server.stderr is not None
        try:
            server.stdin.write(_CLEAR.encode())
            server.stdin.flush()
            whole = subprocess.run([*restore, str(file)], stdout=server.stdin, check=False).returncode == 0
            # Without it the server undoes everything when the connection ends.
            server.stdin.write(b"\nCOMMIT;\n" if whole else b"\nROLLBACK;\n")
            server.stdin.close()
        except BrokenPipeError:
            whole = False
        said = server.stderr.read().decode("utf-8", "replace")
    if server.returncode or not whole:
        raise Refused(f"PostgreSQL refused the backup; the database is as it was. {said.strip()[:500]}")


def _succeed(words: list[str]) -> str:
    done = subprocess.run(words, env=postgres.environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{Path(words[0]).name} failed: {done.stderr.strip()[:500]}")
    return done.stdout
