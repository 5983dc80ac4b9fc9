"""The commands of docs/integrate.md and docs/migrate.md, in their order, as a reader types them."""

import re
import subprocess
import sys
from pathlib import Path

from tests.installation import Installation

ROOT = Path(__file__).parents[2]


def _run(name: str, installation: Installation, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """All `sh` blocks of a guide in one shell, in a folder that looks like a checkout."""
    script = "\n".join(re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / name).read_text("utf-8"), re.DOTALL))
    (tmp_path / "client").symlink_to(ROOT / "client")
    (tmp_path / "var").symlink_to(installation.folder)
    for name in (".venv", "photo-env"):
        (tmp_path / name / "bin").mkdir(parents=True)
    for name, command in ((".venv/bin/keyturn", "-m keyturn"), ("photo-env/bin/python", "")):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec {sys.executable} {command} "$@"\n')
        (tmp_path / name).chmod(0o755)
    # The client is installed here already, and a test downloads nothing.
    script = re.sub(r"^python3 -m venv .*\n", "", script, flags=re.MULTILINE)
    with installation.serve("web") as server:
        script = script.replace("http://127.0.0.1:8000", server.url)
        env = {**installation.env, "XDG_STATE_HOME": str(tmp_path / "state")}
        return subprocess.run(
            ["bash", "-ec", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300
        )


def test_integrate_leads_to_a_protected_program(installation: Installation, tmp_path: Path) -> None:
    done = _run("integrate.md", installation, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "License keys creation result",
        "Thank you! This computer is activated.",
        "Photo Suite is running (cache). Export is off.",
        *_notes(done.stdout),
        "Photo Suite is running (cache). Export is off.",
        "License keys updated",
        "The license is suspended or revoked. Please contact support.",
        "License keys updated",
        "Photo Suite is running (online). Export is off.",
        "This computer is deactivated.",
        "Enter your license key: photo_suite.py activate YOUR-LICENSE-KEY",
        "Verified OK",
    ]


def _notes(text: str) -> list[str]:
    (note,) = (line for line in text.splitlines() if line.startswith("Note: "))
    assert "Connect before" in note
    return [note]


def test_migrate_brings_licenses_and_devices_over(installation: Installation, tmp_path: Path) -> None:
    done = _run("migrate.md", installation, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "3 of 3 rows would be imported, 2 new customers; 0 duplicates, 0 faulty.",
        "3 of 3 rows imported, 2 new customers; 0 duplicates, 0 faulty.",
        "3 of 3 activations imported; 0 known already, 0 no longer in use, 0 faulty.",
        '"code":500',
        '"code":200',
    ]
