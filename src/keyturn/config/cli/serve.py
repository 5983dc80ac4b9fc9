"""`keyturn serve`: everything in one process tree."""

import argparse
import os
import socket
import sys
import tempfile
import time
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from keyturn.config.cli import web
from keyturn.config.cli.supervisor import Supervisor
from keyturn.core.errors import Refused
from keyturn.people.admins import setup
from keyturn.platform.jobs.kinds import FAST_QUEUES


def arguments(parser: argparse.ArgumentParser) -> None:
    """Those of the web server."""
    web.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Bring the database up to date, then run web server and worker until told to stop."""
    _must_be_free(options.host, options.port)
    call_command("migrate", verbosity=0, interactive=False)
    token = setup.issue_token() if setup.needed() else ""
    connections.close_all()
    keyturn = [sys.executable, "-m", "keyturn"]
    listen = ["--host", options.host, "--port", str(options.port)]
    size = ["--workers", str(options.workers), "--threads", str(options.threads)]
    os.environ.setdefault("KEYTURN_LOCAL_URL", web.near_url(options.host, options.port))
    worker = [*keyturn, "worker", "--queues"]
    # A long import keeps no mail with a sign-in link waiting, and on PostgreSQL no purge either: SQLite has one writer.
    parts = {"web": [*keyturn, "web", *listen, *size], "worker": [*worker, *FAST_QUEUES], "bulk": [*worker, "bulk"]}
    if connections["default"].vendor == "postgresql":
        parts["bulk-2"] = [*worker, "bulk"]
    supervisor = Supervisor(parts)
    with tempfile.TemporaryDirectory(prefix="keyturn-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        return supervisor.run(lambda: _announce(options.host, options.port, token))


def _must_be_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}. Try --port.") from error


def _announce(host: str, port: int, token: str) -> None:
    local = web.near_url(host, port)
    _wait_until_open(urlsplit(local).hostname or host, port)
    base = settings.PUBLIC_URL.rstrip("/") or local
    lines = [f"Keyturn runs at     {base}", f"Admin Portal        {base}/admin", f"Client Portal       {base}/customer"]
    if token:
        lines.append(f"Create the first Super Admin (this link works once): {base}/setup/{token}")
    database = connections["default"].settings_dict
    place = database["NAME"] if connections["default"].vendor == "sqlite" else connections["default"].display_name
    lines += [f"Data folder         {settings.DATA_DIR}", f"Database            {place}", "Stop with Ctrl+C."]
    print("\n".join(lines), flush=True)


def _wait_until_open(host: str, port: int, seconds: float = 15.0) -> None:
    """Return once the port answers; the supervisor reports a web server that never opens it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.02)
