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


def _needs(program: str, *variables: str) -> pytest.MarkDecorator:
    missing = [name for name in variables if not os.environ.get(name)]
    reason = f"{missing[0]} is not set: see docs/integrate.md" if missing else f"{program} is not installed"
    return pytest.mark.skipif(bool(missing) or shutil.which(program) is None, reason=reason)


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


def _passed(installation: Installation, words: list[str], least: int) -> None:
    results = _run(installation, words)
    assert {name: said for name, said in results.items() if said != "ok"} == {}
    assert len(results) >= least


@pytest.mark.spec("API-21")
@_needs("node", "KEYTURN_JS_SDK")
def test_the_javascript_sdk_passes_its_acceptance_run(installation: Installation) -> None:
    _passed(installation, ["node", str(HERE / "acceptance.js"), os.environ["KEYTURN_JS_SDK"]], 51)


@pytest.mark.spec("API-21")
@_needs("php", "KEYTURN_PHP_SDK")
def test_the_php_sdk_passes_its_acceptance_run(installation: Installation) -> None:
    _passed(installation, ["php", str(HERE / "acceptance.php"), os.environ["KEYTURN_PHP_SDK"]], 56)


@pytest.mark.spec("API-21")
@_needs("php", "KEYTURN_PHP2_SDK")
def test_the_older_php_sdk_passes_its_acceptance_run(installation: Installation) -> None:
    _passed(installation, ["php", str(HERE / "acceptance_php2.php"), os.environ["KEYTURN_PHP2_SDK"]], 21)


LARAVEL = ("KEYTURN_LARAVEL_SDK", "KEYTURN_PHP_SDK", "KEYTURN_LARAVEL_AUTOLOAD")
LARAVEL2 = ("KEYTURN_LARAVEL2_SDK", "KEYTURN_PHP2_SDK", "KEYTURN_LARAVEL_AUTOLOAD")


@pytest.mark.spec("API-21")
@pytest.mark.parametrize(
    "variables", [pytest.param(names, marks=_needs("php", *names), id=names[0]) for names in (LARAVEL2, LARAVEL)]
)
def test_the_laravel_package_passes_its_acceptance_run(installation: Installation, variables: tuple[str, ...]) -> None:
    files = [os.environ[name] for name in variables]
    _passed(installation, ["php", str(HERE / "acceptance_laravel.php"), *files], 18)
