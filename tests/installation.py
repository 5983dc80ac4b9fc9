"""A whole installation for one test: its own data folder, its own database, real processes.

The engine is the one under test: SQLite, or PostgreSQL when KEYTURN_TEST_DATABASE_URL is set.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

PATIENCE = 60.0


@dataclass
class Process:
    """A running part of an installation. `url` is its address when it serves one."""

    popen: subprocess.Popen[bytes]
    log_file: Path
    url: str = ""

    @property
    def log(self) -> str:
        """All it has written so far."""
        return self.log_file.read_text("utf-8", "replace")

    def wait_for(self, text: str, seconds: float = PATIENCE) -> str:
        """Wait until its log holds `text`; gives the log."""
        deadline = time.monotonic() + seconds
        while text not in self.log:
            self.must_run()
            assert time.monotonic() < deadline, f"no {text!r} within {seconds:.0f} s:\n{self.log}"
            time.sleep(0.02)
        return self.log

    def wait_until_ready(self, seconds: float = PATIENCE) -> None:
        """Wait until it answers HTTP, with any status."""
        deadline = time.monotonic() + seconds
        while True:
            self.must_run()
            try:
                with urllib.request.urlopen(self.url + "/", timeout=seconds):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                assert time.monotonic() < deadline, f"no answer within {seconds:.0f} s:\n{self.log}"
                time.sleep(0.02)

    def must_run(self) -> None:
        """Fail when it has ended."""
        assert self.popen.poll() is None, f"ended with {self.popen.returncode}:\n{self.log}"

    def stop(self, seconds: float = PATIENCE) -> int:
        """End it politely (SIGTERM) and give its exit status; after `seconds`, kill it and fail."""
        self.popen.terminate()
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, 9)
            self.popen.wait()
            raise AssertionError(f"did not stop within {seconds:.0f} s:\n{self.log}") from None


@dataclass
class Installation:
    """A data folder, a migrated database and the environment that points at both."""

    folder: Path
    database_url: str
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KEYTURN_", "DJANGO_"))}
        self.env = {
            **kept,
            "KEYTURN_DATA_DIR": str(self.folder),
            "KEYTURN_DATABASE_URL": self.database_url,
            "PYTHONUNBUFFERED": "1",
        }

    def run(self, *words: str, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `keyturn WORDS`; fails with its output on a non-zero status unless `check` is false."""
        return self._finish([sys.executable, "-m", "keyturn", *words], stdin, check)

    def python(self, code: str) -> str:
        """Run `code` in a process with Django set up; gives what it printed, stripped."""
        prelude = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'keyturn.config.settings'\n"
        return self._finish([sys.executable, "-c", f"{prelude}import django; django.setup()\n{code}"]).stdout.strip()

    @contextmanager
    def start(self, *words: str, **extra: str) -> Iterator[Process]:
        """`keyturn WORDS` in the background, with `extra` environment; stopped at the end."""
        log_file = self.folder / f"{words[0]}-{time.monotonic_ns()}.log"
        with log_file.open("wb") as log:
            popen = subprocess.Popen(
                [sys.executable, "-m", "keyturn", *words],
                env={**self.env, **extra},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(popen, log_file)
        try:
            yield process
        finally:
            if popen.poll() is None:
                process.stop()

    @contextmanager
    def serve(self, command: str = "web", *words: str, **extra: str) -> Iterator[Process]:
        """The web server on a free port of this machine, ready to answer."""
        port = free_port()
        with self.start(command, "--host", "127.0.0.1", "--port", str(port), *words, **extra) as process:
            process.url = f"http://127.0.0.1:{port}"
            process.wait_until_ready()
            yield process

    @contextmanager
    def worker(self, *words: str, **extra: str) -> Iterator[Process]:
        """The background worker with its scheduler."""
        with self.start("worker", *words, **extra) as process:
            yield process

    def _finish(self, words: list[str], stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            words, env=self.env, cwd=self.folder, input=stdin, capture_output=True, text=True, timeout=300
        )
        assert not check or done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done


class Installations:
    """Makes fresh installations, each a copy of one migrated template."""

    def __init__(self, folder: Path, server_url: str, worker: str) -> None:
        self.folder = folder
        self.server_url = server_url
        self.name = f"{urlsplit(server_url).path.strip('/')}_{worker}" if server_url else ""
        self.made = 0
        self.template: Installation | None = None

    @contextmanager
    def fresh(self, *, empty: bool = False) -> Iterator[Installation]:
        """An installation of its own, removed at the end; with `empty` its database has no tables."""
        template = None if empty else self._template()
        self.made += 1
        made = self._make(f"i{self.made}")
        if self.server_url:
            self._make_database(template, made)
        elif template:
            shutil.copy(template.folder / "keyturn.sqlite3", made.folder)
        try:
            yield made
        finally:
            self._remove(made)

    def close(self) -> None:
        """Remove the template."""
        if self.template:
            self._remove(self.template)

    def _template(self) -> Installation:
        if self.template is None:
            self.template = self._make("template")
            if self.server_url:
                self._drop_database(self.template)
                self._on_server(sql.SQL("CREATE DATABASE {}").format(self._identifier(self.template)))
            self.template.run("migrate", "--verbosity", "0")
        return self.template

    def _make(self, name: str) -> Installation:
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        url = urlunsplit(urlsplit(self.server_url)._replace(path=f"/{self.name}_{name}")) if self.server_url else ""
        return Installation(folder, url)

    def _remove(self, made: Installation) -> None:
        if self.server_url:
            self._drop_database(made)
        shutil.rmtree(made.folder, ignore_errors=True)

    def _make_database(self, template: Installation | None, made: Installation) -> None:
        self._drop_database(made)
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        origin = self._identifier(template) if template else sql.Identifier("template1")
        self._on_server(statement.format(self._identifier(made), origin))

    def _drop_database(self, made: Installation) -> None:
        self._on_server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(self._identifier(made)))

    def _identifier(self, made: Installation) -> sql.Identifier:
        return sql.Identifier(urlsplit(made.database_url).path.strip("/"))

    def _on_server(self, statement: sql.Composed) -> None:
        maintenance = urlunsplit(urlsplit(self.server_url)._replace(path="/postgres"))
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(statement)


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def installations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installations]:
    """For fixtures that keep one installation for several tests: `with installations.fresh() as it`."""
    maker = Installations(
        tmp_path_factory.mktemp("installations"),
        os.environ.get("KEYTURN_TEST_DATABASE_URL", ""),
        os.environ.get("PYTEST_XDIST_WORKER", "main"),
    )
    yield maker
    with suppress(psycopg.Error):
        maker.close()


@pytest.fixture
def installation(installations: Installations) -> Iterator[Installation]:
    """A fresh installation for this test."""
    with installations.fresh() as made:
        yield made
