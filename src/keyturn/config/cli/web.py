"""`keyturn web`: the web server alone."""

import argparse
import multiprocessing
import os

from keyturn.config.env import env


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen and with how many processes and threads."""
    parser.add_argument("--host", default=env.str("HOST", default="127.0.0.1"))
    parser.add_argument("--port", type=int, default=env.int("PORT", default=8000))
    parser.add_argument("--workers", type=int, default=env.int("WEB_WORKERS", default=2), help="processes")
    parser.add_argument("--threads", type=int, default=env.int("WEB_THREADS", default=8), help="threads a process")


def near_url(host: str, port: int) -> str:
    """The address of this server as a browser on this machine reaches it."""
    near = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{near}:{port}"


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    os.environ.setdefault("KEYTURN_LOCAL_URL", near_url(options.host, options.port))
    # A forked child inherits handlers that swallow a SIGTERM sent while it starts.
    multiprocessing.set_start_method("spawn")
    Server(
        "keyturn.config.wsgi:application",
        options.host,
        options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=options.threads,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        # It warns of more threads than cores at every start; ours wait for the database, on purpose.
        log_level=LogLevels.error,
    ).serve()
    return 0
