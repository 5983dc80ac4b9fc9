"""The commands of docs/integrate.md, in their order, as a reader types them."""

import re
import subprocess
import sys
from pathlib import Path

from tests.installation import Installation

ROOT = Path(__file__).parents[2]


def test_the_guide_leads_to_a_protected_program(installation: Installation, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "integrate.md").read_text("utf-8")
    script = "\n".join(re.findall(r"```sh\n(.*?)```", guide, re.DOTALL))
    (tmp_path / "client").symlink_to(ROOT / "client")
    (tmp_path / "var").symlink_to(installation.folder)
    for name in (".venv", "photo-env"):
        (tmp_path / name / "bin").mkdir(parents=True)
    for name, command in ((".venv/bin/keyturn", "-m keyturn"), ("photo-env/bin/python", "")):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec {sys.executable} {command} "$@"\n')
        (tmp_path / name).chmod(0o755)
    # The client is installed here already, and a test downloads nothing.
    script, count = re.subn(r"^python3 -m venv .*\n", "", script, flags=re.MULTILINE)
    assert count == 1
    with installation.serve("web") as server:
        script = script.replace("http://127.0.0.1:8000", server.url)
        env = {**installation.env, "XDG_STATE_HOME": str(tmp_path / "state")}
        done = subprocess.run(
            ["bash", "-ec", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300
        )
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
        "Enter your license key: protected_app.py activate YOUR-LICENSE-KEY",
        "Verified OK",
    ]


def _notes(text: str) -> list[str]:
    (note,) = (line for line in text.splitlines() if line.startswith("Note: "))
    assert "Connect before" in note
    return [note]
