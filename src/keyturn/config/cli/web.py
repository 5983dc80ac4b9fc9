"""`keyturn web`: the web server alone."""

import argparse
import multiprocessing
import os
import tempfile
from typing import Any

from keyturn.config.env import env
from keyturn.core import logs


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
    with tempfile.TemporaryDirectory(prefix="keyturn-metrics-", ignore_cleanup_errors=True) as folder:
        # The processes count into files of this folder, so that any of them can tell the figures of all.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
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
            log_dictconfig=_logging(),
        ).serve()
    return 0


def _logging() -> dict[str, Any]:
    """Ours for the server's own lines; it wants its loggers named."""
    wanted = logs.configuration(env.str("LOG_FORMAT", default="text"), env.str("LOG_LEVEL", default="INFO"))
    return {**wanted, "loggers": {"_granian": {"level": "ERROR", "handlers": ["stderr"], "propagate": False}}}
