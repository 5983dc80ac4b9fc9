"""The client and the published test vectors agree."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from keyturn_client import PublicKeys, fingerprint
from keyturn_client.answers import Question, Untrusted, open_answer
from keyturn_client.offline import Validator
from keyturn_client.offline.drives import Drive
from keyturn_client.state import State

FOLDER: Final = Path(__file__).parents[2] / "docs" / "vectors"


def _cases(name: str) -> list[Any]:
    return json.loads((FOLDER / name).read_text("utf-8"))["cases"]


def _named(case: Any) -> str:
    return str(case["name"])


def _keys(name: str) -> PublicKeys:
    return PublicKeys.read(FOLDER / "keys" / f"{name}.pem")


@pytest.mark.parametrize("case", _cases("answers.json"), ids=_named)
@pytest.mark.spec("API-12", "API-32")
def test_answers(case: Any) -> None:
    question = Question(*(case["question"][name] for name in ("license_key", "identifier", "product_id")))

    def opened() -> Any:
        return open_answer(json.loads(case["body"]), _keys(case["public_key"]), question)

    if case["profile"] == "sdk":
        _check_sdk(json.loads(case["body"]), _keys(case["public_key"]))
    elif case["trusted"]:
        assert (opened().code, opened().at) == (case["code"], datetime(2026, 1, 31, 8, tzinfo=UTC))
        assert opened().license().has("trial") is False
    else:
        with pytest.raises(Untrusted):
            opened()


def _check_sdk(body: dict[str, Any], keys: PublicKeys) -> None:
    """The other profile signs the whole body, sorted and compact, without its signature."""
    for part in (body, body.get("data")):
        if part:
            rest = {name: value for name, value in part.items() if name != "signature"}
            text = json.dumps(rest, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            assert keys.verify(text.encode(), part["signature"])
            assert not keys.verify(text.replace("true", "false", 1).encode() + b" ", part["signature"])


@pytest.mark.parametrize("case", _cases("offline.json"), ids=_named)
@pytest.mark.spec("OFF-04", "OFF-20", "OFF-21", "OFF-22", "OFF-23", "OFF-03", "OFF-34", "LCY-40")
def test_offline_files(case: Any, tmp_path: Path) -> None:
    expects = case["expects"]
    state = State(tmp_path / "state")
    if case["last_seen"]:
        state.see(datetime.fromisoformat(case["last_seen"]))
    validator = Validator(
        product=expects["product"],
        public_keys=_keys(case["public_key"]),
        state=state,
        license_key=expects["license_key"] or "",
        environment=expects["environment"],
        hardware_id=expects["hardware_id"] or "",
        domain=expects["domain"] or "",
        now=_at(case["now"]),
    )
    drive = Drive(tmp_path, case["drive"]["serial"]) if case["drive"] else None
    check = validator.check(case["file"], drive=drive)
    assert (check.valid, list(check.errors)) == (case["valid"], [case["reason"]] if case["reason"] else [])
    assert check.grace_days_left == case["grace_days_left"]
    names = ("edition", "export", "formats", "seats", "slots", "trial", "missing")
    assert [name for name in names if check.has(name)] == case["features_on"]
    assert (check.license is None) == (not case["valid"])
    if not case["valid"]:
        assert not check.features


def _at(text: str) -> Callable[[], datetime]:
    return lambda: datetime.fromisoformat(text)


@pytest.mark.parametrize("case", _cases("licfile.json"), ids=lambda case: case["public_key"])
@pytest.mark.spec("API-61")
def test_block_files_are_no_signed_answers(case: Any) -> None:
    """A block raised with the private key must not pass for a signature of its content."""
    keys, raw = _keys(case["public_key"]), base64.b64decode(case["licFileContent"])
    size = 512 if case["public_key"].endswith("4096") else 256
    blocks = [base64.b64encode(raw[start : start + size]).decode() for start in range(0, len(raw), size)]
    assert not any(keys.verify(case["json"].encode(), block) for block in blocks)


@pytest.mark.parametrize("case", _cases("jwks.json"), ids=lambda case: case["public_key"])
def test_key_sets(case: Any) -> None:
    pem = (FOLDER / "keys" / f"{case['public_key']}.pem").read_text("ascii")
    (of_set,) = PublicKeys.from_jwks({"keys": [case["jwk"]]})._keys
    (of_pem,) = PublicKeys.from_pem(pem)._keys
    assert of_set == of_pem


@pytest.mark.parametrize("case", _cases("fingerprint.json"), ids=lambda case: case["app"])
def test_fingerprints(case: Any) -> None:
    assert fingerprint.derive(case["machine_id"], case["app"]) == case["identifier"]


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
@pytest.mark.spec("OFF-02", "API-12")
def test_the_commands_of_the_readme(tmp_path: Path) -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    script = readme.split("```sh\n")[1].split("```")[0]
    shutil.copytree(FOLDER, tmp_path / "vectors")
    done = subprocess.run(["sh", "-ec", script], cwd=tmp_path / "vectors", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "Verified OK\nVerified OK\n"), done.stderr
