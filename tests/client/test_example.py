"""The example program that vendors copy, from the first key to the move to another computer."""

import subprocess
import sys
from pathlib import Path

from tests.client.conftest import Server

EXAMPLE = Path(__file__).parents[2] / "client" / "examples" / "protected_app.py"


def test_the_example_protects_itself(server: Server, tmp_path: Path) -> None:
    key = server.license()

    def run(*words: str, **env: str) -> str:
        given = {
            "EXAMPLE_SERVER": server.url,
            "EXAMPLE_API_KEY": server.secret,
            "EXAMPLE_PRODUCT": server.product,
            "EXAMPLE_PUBLIC_KEY": server.pem,
            "XDG_STATE_HOME": str(tmp_path),
            **env,
        }
        done = subprocess.run([sys.executable, EXAMPLE, *words], env=given, capture_output=True, text=True, timeout=60)
        assert not done.stderr
        return done.stdout.strip()

    assert "Enter your license key" in run()
    assert run("activate", "WRONG") == "This license key is unknown. Is it typed correctly?"
    assert run("activate", key) == "Thank you! This computer is activated."
    assert run() == "Photo Suite is running (cache). Export is on."
    assert run("deactivate") == "This computer is deactivated."
    assert "Enter your license key" in run()
