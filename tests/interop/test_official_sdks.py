"""The official client libraries, unmodified, against a running server; they skip where their folder is not named."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.installation import Installation

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]


def _given(variable: str, program: str) -> str:
    folder = os.environ.get(variable, "")
    if not folder:
        pytest.skip(f"{variable} names no folder with the SDK: see docs/integrate.md")
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return folder


def _run(installation: Installation, words: list[str]) -> dict[str, str]:
    """What the driver says of each step."""
    installation.env["PYTHONPATH"] = str(REPOSITORY)
    world = json.loads(
        installation.python("import json\nfrom tests.interop.world import build\nprint(json.dumps(build()))")
    )
    file = installation.folder / "world.json"
    with installation.serve("web", "--workers", "1") as web:
        file.write_text(json.dumps({**world, "url": web.url}))
        done = subprocess.run([*words, str(file)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    results: dict[str, str] = json.loads(done.stdout)
    return results


@pytest.mark.spec("API-21")
def test_the_javascript_sdk_passes_its_acceptance_run(installation: Installation) -> None:
    folder = _given("KEYTURN_JS_SDK", "node")
    results = _run(installation, ["node", str(HERE / "acceptance.js"), folder])
    assert {name: said for name, said in results.items() if said != "ok"} == {}
    assert len(results) > 50


@pytest.mark.spec("API-21")
def test_the_php_sdk_passes_its_acceptance_run(installation: Installation) -> None:
    folder = _given("KEYTURN_PHP_SDK", "php")
    results = _run(installation, ["php", str(HERE / "acceptance.php"), folder])
    assert {name: said for name, said in results.items() if said != "ok"} == {}
    assert len(results) > 55
