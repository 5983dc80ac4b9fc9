"""Keeps child processes running: restarts one that dies, stops all of them when told to."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType

log = logging.getLogger("keyturn.supervisor")
PATIENCE = 20.0
LONGEST_PAUSE = 30.0


class Supervisor:
    """Runs `commands` (name to command line) until SIGTERM or SIGINT."""

    def __init__(self, commands: Mapping[str, Sequence[str]]) -> None:
        self.commands = commands
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.started: dict[str, float] = {}
        self.due: dict[str, float] = {}
        self.pauses: dict[str, float] = {}
        self.stopping = False

    def run(self, when_started: Callable[[], None]) -> int:
        """Start all, call `when_started`, watch until told to stop; 0 after a clean stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        for name in self.commands:
            self._start(name)
        if not self.stopping:
            when_started()
        while not self.stopping:
            self._revive()
            time.sleep(0.1)
        return self._stop()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start(self, name: str) -> None:
        # A group of its own: Ctrl+C then reaches this process alone, which stops the others in order.
        self.children[name] = subprocess.Popen(
            self.commands[name], stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_end_with(os.getpid())
        )
        self.started[name] = time.monotonic()

    def _revive(self) -> None:
        moment = time.monotonic()
        for name, child in self.children.items():
            if child.poll() is None:
                continue
            if name not in self.due:
                _kill_group(child)
                # Something that dies at once is tried ever more rarely.
                lived = moment - self.started[name]
                pause = 1.0 if lived > LONGEST_PAUSE else min(LONGEST_PAUSE, self.pauses.get(name, 0.5) * 2)
                self.pauses[name], self.due[name] = pause, moment + pause
                log.error("%s ended with status %s; starting it again.", name, child.returncode)
            elif moment >= self.due[name]:
                del self.due[name]
                self._start(name)

    def _stop(self) -> int:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + PATIENCE
        clean = True
        for name, child in self.children.items():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.error("%s did not stop in time and was killed.", name)
                clean = False
            _kill_group(child)
            child.wait()
        return 0 if clean else 1


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """Nothing that `child` started outlives it: a web process left behind would go on answering."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _end_with(parent: int) -> Callable[[], None] | None:
    """On Linux: the child gets SIGTERM when this process dies, however it dies."""
    if sys.platform != "linux":
        return None
    control = ctypes.CDLL(None).prctl

    def ask() -> None:
        control(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return ask
