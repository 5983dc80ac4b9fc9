"""The identifier of a machine, with the answers of three operating systems put in."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from keyturn_client import fingerprint
from keyturn_client.fingerprint import NoMachineId, Readers
from keyturn_client.state import default_folder

MACHINE = "6f1d3c2a9b8e47f0a1b2c3d4e5f60718"
IOREG = """+-o J314sAP  <class IOPlatformExpertDevice, id 0x100000259>
    {
      "IOPlatformSerialNumber" = "C02XXXXXXX"
      "IOPlatformUUID" = "1C2D3E4F-0001-0002-0003-A0B0C0D0E0F0"
    }
"""


def _linux(files: dict[str, str]) -> Readers:
    def read(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    return Readers("linux", read, _none, _none)


def _none(*_: object) -> str:
    raise AssertionError("not on this system")


def test_linux_reads_the_machine_id() -> None:
    assert fingerprint.machine_id(_linux({"/etc/machine-id": MACHINE + "\n"})) == MACHINE
    assert fingerprint.machine_id(_linux({"/var/lib/dbus/machine-id": MACHINE})) == MACHINE


def test_macos_asks_ioreg() -> None:
    def run(command: Sequence[str]) -> str:
        assert command[0] == "/usr/sbin/ioreg"
        return IOREG

    assert fingerprint.machine_id(Readers("darwin", _none, run, _none)) == "1c2d3e4f-0001-0002-0003-a0b0c0d0e0f0"


def test_windows_asks_the_registry() -> None:
    def registry(key: str, name: str) -> str:
        assert (key, name) == (r"SOFTWARE\Microsoft\Cryptography", "MachineGuid")
        return "AB12CD34-0000-4000-8000-1234567890AB"

    assert fingerprint.machine_id(Readers("win32", _none, _none, registry)) == "ab12cd34-0000-4000-8000-1234567890ab"


def test_the_machine_id_stays_at_home() -> None:
    readers = _linux({"/etc/machine-id": MACHINE})
    one, other = fingerprint.of("com.example.editor", readers), fingerprint.of("com.example.player", readers)
    assert one == fingerprint.of("com.example.editor", readers)
    assert one != other
    assert MACHINE not in one
    assert one.startswith("kt1-")
    assert len(one) == 44


@pytest.mark.parametrize("text", ["", "  \n", "uninitialized\n", "short"])
def test_a_system_without_a_machine_id_says_so(text: str, tmp_path: Path) -> None:
    readers = _linux({"/etc/machine-id": text})
    with pytest.raises(NoMachineId):
        fingerprint.of("com.example.editor", readers)
    made = fingerprint.device("com.example.editor", tmp_path, readers)
    assert made == fingerprint.device("com.example.editor", tmp_path, readers)
    assert made != fingerprint.device("com.example.editor", tmp_path / "other", readers)


def test_a_random_identifier_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoMachineId):
        fingerprint.device("com.example.editor", tmp_path / "file" / "folder", _linux({}))


def test_the_state_lies_where_the_system_wants_it() -> None:
    home = Path.home()
    assert default_folder("app", "linux", {}) == home / ".local/state/app"
    assert default_folder("app", "linux", {"XDG_STATE_HOME": "/s"}) == Path("/s/app")
    assert default_folder("app", "darwin", {}) == home / "Library/Application Support/app"
    assert default_folder("app", "win32", {"LOCALAPPDATA": "/l"}) == Path("/l/app")
