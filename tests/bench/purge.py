"""Verification while the daily purge runs, beside verification alone, on the same tables.

KEYTURN_BENCH_FOLDER names a data folder to keep and measure again, with KEYTURN_BENCH_POSTGRES (a URL) for
PostgreSQL: millions of rows take long to make, and a measurement removes few of them. Without them a
database is made for this run.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import gate
from tests.installation import free_port

HERE = Path(__file__).parent
BITS = 2048


def main(seconds: int, licenses: int, rows: int, engines: list[str]) -> None:
    """Measure and print a table, in Markdown."""
    lines = [
        f"\n{rows:,} rows to purge, {licenses:,} licenses, {gate.CONNECTIONS} connections, RSA-{BITS}\n",
        "| | alone: requests/s | p99 ms | during a purge: requests/s | p99 ms | purged rows/s | longest slice ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for engine in engines:
        with _kept(engine) as (url, folder):
            env = {
                **os.environ,
                "KEYTURN_DATA_DIR": str(folder),
                "KEYTURN_DATABASE_URL": url,
                "KEYTURN_LOG_LEVEL": "WARNING",
            }
            gate._run(env, "-m", "keyturn", "migrate", "-v0")
            asked = folder / f"{engine}.secret"
            if not asked.exists():
                secret = gate._run(env, str(HERE / "dataset.py"), str(licenses)).splitlines()[-1]
                gate._run(env, str(HERE / "old_rows.py"), "fill", str(rows))
                asked.write_text(secret)
            lines.append(_measure(engine, env, seconds, [asked.read_text(), f"BENCH{BITS}", str(licenses)]))
    print("\n".join(lines))


@contextmanager
def _kept(engine: str) -> Iterator[tuple[str, Path]]:
    folder, url = os.environ.get("KEYTURN_BENCH_FOLDER", ""), os.environ.get("KEYTURN_BENCH_POSTGRES", "")
    if folder and (url or engine == "sqlite"):
        yield "" if engine == "sqlite" else url, Path(folder)
    else:
        with gate._database(engine) as made:
            yield made


def _measure(engine: str, env: dict[str, str], seconds: int, arguments: list[str]) -> str:
    port = free_port()
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--workers", "2", "--blocking-threads", str(gate.THREADS), "--http", "1", "--no-ws"]
    server = subprocess.Popen([*words, "--log-level", "warning", "tests.bench.apps:signed"], env=env)
    url = f"http://127.0.0.1:{port}/"
    try:
        gate._wait(url)
        gate._load(url, 2, arguments)
        alone = gate._load(url, seconds, arguments)
        purge = subprocess.Popen(
            [sys.executable, str(HERE / "old_rows.py"), "purge"], env=env, stdout=subprocess.PIPE, text=True
        )
        # Until it has set Django up and counted.
        assert purge.stdout is not None
        assert purge.stdout.readline() == "BEGUN\n"
        gate._load(url, 1, arguments)
        during = gate._load(url, seconds, arguments)
        if purge.poll() is not None:
            print(f"{engine}: the purge ended before the measurement did; give it more rows.", file=sys.stderr)
        purge.terminate()
        printed, _ = purge.communicate(timeout=60)
    finally:
        server.terminate()
        server.wait()
    rows, took, longest = (float(word) for word in printed.split()[-3:])
    cells = [engine, f"{alone[0]:,.0f}", f"{alone[3]:.1f}", f"{during[0]:,.0f}", f"{during[3]:.1f}"]
    return f"| {' | '.join([*cells, f'{rows / took:,.0f}', f'{longest:.0f}'])} |"
