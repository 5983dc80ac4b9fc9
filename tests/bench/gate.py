"""The gate beside its ceilings: the same verification by one SQL statement, by the ORM, and no work at all.

Every round measures every candidate once, so that a machine that slows down slows them all; the table
shows medians over the rounds and ratios of those medians.
"""

import hashlib
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench import cluster
from tests.installation import free_port

HERE = Path(__file__).parent
CONNECTIONS = 16
# The default of `keyturn web`.
THREADS = 8
UNSIGNED, ORM, HELLO = "gate, unsigned", "ORM, unsigned", "bare server (hello)"
SIGNED = {4096: "gate, RSA-4096", 2048: "gate, RSA-2048"}
CEILING = "one statement (pgbench)"
CEILING_SQLITE = "raw sqlite3, one thread"


@dataclass
class Measured:
    """Requests a second of every round, latencies in ms of the last, memory of the server's processes in MiB."""

    rates: list[float] = field(default_factory=list)
    latencies: tuple[float, float, float] | None = None
    memory: float = 0

    @property
    def rate(self) -> float:
        """The median over the rounds."""
        return statistics.median(self.rates) if self.rates else 0


@dataclass
class Stage:
    """A database filled for the benchmark."""

    engine: str
    env: dict[str, str]
    secret: str
    count: int
    seconds: int
    results: dict[str, Measured] = field(default_factory=dict)

    def keep(self, name: str) -> Measured:
        """The row of the table that belongs to `name`."""
        return self.results.setdefault(name, Measured())


def main(rounds: int, seconds: int, count: int, engines: list[str]) -> None:
    """Measure and print the tables, in Markdown."""
    if not shutil.which("wrk"):
        raise SystemExit("The benchmarks need wrk. On Debian: apt-get install wrk")
    for engine in engines:
        with _database(engine) as (url, folder):
            env = {
                **os.environ,
                "KEYTURN_DATA_DIR": str(folder),
                "KEYTURN_DATABASE_URL": url,
                "KEYTURN_LOG_LEVEL": "WARNING",
            }
            _run(env, "-m", "keyturn", "migrate", "-v0")
            secret = _run(env, str(HERE / "dataset.py"), str(count)).splitlines()[-1]
            stage = Stage(engine, env, secret, count, seconds)
            for number in range(rounds):
                print(f"{engine}: round {number + 1} of {rounds}", file=sys.stderr)
                _round(stage, url)
            print(_table(stage))


def _round(stage: Stage, url: str) -> None:
    for app, name, bits in (
        ("unsigned", UNSIGNED, 2048),
        ("orm", ORM, 2048),
        ("signed", SIGNED[2048], 2048),
        ("signed", SIGNED[4096], 4096),
        ("hello", HELLO, 0),
    ):
        # The ceiling again before each: a machine's speed changes within a round, too.
        if stage.engine == "postgresql":
            _pgbench(stage, url)
        else:
            _raw_sqlite(stage)
        _wrk(stage, app, name, bits)


@contextmanager
def _database(engine: str) -> Iterator[tuple[str, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="keyturn-bench-data-"))
    try:
        if engine == "sqlite":
            yield "", folder
        else:
            with cluster.server() as url:
                yield url, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(env: dict[str, str], *words: str) -> str:
    return subprocess.run([sys.executable, *words], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def _wrk(stage: Stage, app: str, name: str, bits: int) -> None:
    port = free_port()
    command = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2"]
    command += [
        "--blocking-threads",
        str(THREADS),
        "--http",
        "1",
        "--no-ws",
        "--log-level",
        "warning",
        f"tests.bench.apps:{app}",
    ]
    server = subprocess.Popen([sys.executable, *command], env=stage.env)
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait(url)
        arguments = [stage.secret, f"BENCH{bits}", str(stage.count)] if bits else []
        _load(url, 2, arguments)
        rate, *latencies = _load(url, stage.seconds, arguments)
        row = stage.keep(name)
        row.rates.append(rate)
        row.latencies = (latencies[0], latencies[1], latencies[2])
        row.memory = _memory(server.pid)
    finally:
        server.terminate()
        server.wait()


def _load(url: str, seconds: int, arguments: list[str]) -> list[float]:
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "load.lua"), url, "--", *arguments]
    out = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    result, failures = (line for line in out.splitlines() if line.startswith(("RESULT", "FAILED")))
    if failures != "FAILED status 0, connect 0, read 0, timeout 0":
        print(f"{url}: {failures}", file=sys.stderr)
    return [float(word) for word in result.split()[1:]]


def _wait(url: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the server did not start")


def _memory(pid: int) -> float:
    """Proportional memory of a process and its children, in MiB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = 0
    for each in [str(pid), *children]:
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def _pgbench(stage: Stage, url: str) -> None:
    parts = urlsplit(url)
    # pgbench passes variables as numbers; text must stand in the script itself.
    digest = hashlib.sha256(stage.secret.encode()).hexdigest()
    script = (HERE / "ceiling.sql").read_text().replace(":hash", f"'{digest}'").replace(":prefix", "'BENCH2048-'")
    file = Path(stage.env["KEYTURN_DATA_DIR"]) / "ceiling.sql"
    file.write_text(script)
    words = [str(cluster.programs() / "pgbench"), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2"]
    words += ["-T", str(stage.seconds), "-D", f"count={stage.count}", "-f", str(file)]
    words += ["-h", str(parts.hostname), "-p", str(parts.port), "-U", str(parts.username), parts.path.strip("/")]
    out = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    rate = next(line for line in out.splitlines() if line.startswith("tps"))
    stage.keep(CEILING).rates.append(float(rate.split()[2]))


def _raw_sqlite(stage: Stage) -> None:
    """The gate's own two statements in a loop, on one connection: what SQLite itself can do."""
    file = Path(stage.env["KEYTURN_DATA_DIR"]) / "keyturn.sqlite3"
    connection = sqlite3.connect(file, isolation_level=None)
    connection.executescript("PRAGMA synchronous=NORMAL; PRAGMA mmap_size=268435456")
    end, done = time.monotonic() + stage.seconds, 0
    while time.monotonic() < end:
        number = done * 7919 % stage.count + 1
        row = connection.execute(
            "SELECT l.id, a.id FROM licenses l JOIN products p ON p.id = l.product_id LEFT JOIN activations a ON "
            "a.license_id = l.id AND a.identifier = ? AND a.status = 'active' "
            "WHERE l.environment = 'production' AND l.license_key = ?",
            (f"hw-{number:07d}", f"BENCH2048-{number:07d}"),
        ).fetchone()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE activations SET last_verified_at = datetime('now') WHERE id = ?", (row[1],))
        connection.execute(
            "INSERT INTO request_log (at, environment, endpoint, code, status, license_id, key_start, ip, request_id, "
            "micros) VALUES (datetime('now'), 'production', 'verify', 200, 200, ?, 'BENCH', '127.0.0.1', '', 0)",
            (row[0],),
        )
        connection.execute("COMMIT")
        done += 1
    connection.close()
    stage.keep(CEILING_SQLITE).rates.append(done / stage.seconds)


def _table(stage: Stage) -> str:
    ceiling = stage.results[CEILING if stage.engine == "postgresql" else CEILING_SQLITE].rate
    orm = stage.results[ORM].rate
    lines = [
        f"\n**{stage.engine}**, {stage.count:,} licenses a product, {CONNECTIONS} connections\n",
        "| | requests/s | ÷ ceiling | ÷ ORM | p50 ms | p95 ms | p99 ms | memory MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in stage.results.items():
        p50, p95, p99 = (f"{value:.1f}" for value in row.latencies) if row.latencies else ("–", "–", "–")
        memory = f"{row.memory:.0f}" if row.memory else "–"
        cells = [name, f"{row.rate:,.0f}", f"{row.rate / ceiling:.2f}", f"{row.rate / orm:.1f}", p50, p95, p99, memory]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
