"""A private PostgreSQL server for benchmarks, as durable as a fresh one from Debian: fsync stays on."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.installation import free_port

OPTIONS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "max_connections": "100"}


def programs() -> Path:
    """The folder of the newest installed server's programs. Raises SystemExit when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        raise SystemExit("The benchmarks need PostgreSQL. On Debian: apt-get install postgresql")
    return found[-1]


@contextmanager
def server() -> Iterator[str]:
    """Start one on a free port; the URL of an empty database; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="keyturn-bench-"))
    port, owner = free_port(), ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if owner:
        shutil.chown(folder, "postgres")
    settings = {**OPTIONS, "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder}
    flags = " ".join(f"-c {name}={value}" for name, value in settings.items())

    def run(*words: str) -> None:
        subprocess.run([*owner, *words], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    control = [str(programs() / "pg_ctl"), "-D", str(folder / "data"), "-l", str(folder / "log")]
    try:
        run(str(programs() / "initdb"), "-D", str(folder / "data"), "-U", "keyturn", "-A", "trust", "--locale=C.UTF-8")
        run(*control, "-w", "-o", flags, "start")
        run(str(programs() / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "keyturn", "keyturn")
        yield f"postgres://keyturn@127.0.0.1:{port}/keyturn"
    finally:
        subprocess.run([*owner, *control, "-m", "immediate", "stop"], cwd="/", check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)
