"""The command `keyturn`, as an operator types it."""

import json
import os
import signal
import time
from pathlib import Path

from tests.installation import Installation, Process, free_port

PASSWORD = "correct horse battery staple"


def add_admin(installation: Installation, email: str = "ada@example.com") -> None:
    installation.run("create-admin", "--email", email, "--name", "Ada", "--password-stdin", stdin=PASSWORD + "\n")


def setup_links(process: Process) -> list[str]:
    return [word for word in process.log.split() if "/setup/" in word]


def test_create_api_key_prints_it_alone_on_the_last_line(installation: Installation) -> None:
    words = ("--name", "Shop", "--environment", "staging", "--permissions", "verify,activate", "--rate-limit", "0")
    secret = installation.run("create-api-key", *words).stdout.splitlines()[-1]
    assert secret.startswith("kt_stage_")
    kept = installation.python(
        "from keyturn.people.apikeys.models import ApiKey as K; from keyturn.core.crypto import token_hash as h\n"
        f"k = K.objects.get(key_hash=h({secret!r})); print(k.name, k.environment, k.capabilities, k.rate_limit)"
    )
    assert kept == "Shop staging ['verify', 'activate'] 0"


def test_errors_name_the_field_and_fail(installation: Installation) -> None:
    done = installation.run("create-api-key", "--name", "", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("name: ")
    done = installation.run("create-api-key", "--name", "Shop", "--permissions", "verify,fly", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("permissions: Unknown: fly.")


def test_create_admin_reads_the_password_from_standard_input(installation: Installation) -> None:
    add_admin(installation)
    right = f"from keyturn.people.admins.models import Admin; print(Admin.objects.get().check_password({PASSWORD!r}))"
    assert installation.python(right) == "True"
    again = installation.run(
        *("create-admin", "--email", "ADA@example.com", "--name", "A", "--password-stdin"), stdin=PASSWORD, check=False
    )
    assert again.returncode == 1
    assert "exists already" in again.stderr


def test_a_super_admin_must_enrol_and_a_lost_device_is_reset_on_the_server(installation: Installation) -> None:
    required = (
        "from keyturn.people.admins.models import Admin as A; print(*A.objects.values_list('require_2fa', flat=1))"
    )
    add_admin(installation)
    assert installation.python(required) == "True"
    words = ("--email", "bob@example.com", "--name", "Bob", "--password-stdin", "--without-2fa")
    installation.run("create-admin", *words, stdin=PASSWORD)
    assert sorted(installation.python(required).split()) == ["False", "True"]
    enrol = """
from datetime import datetime
import pyotp
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts, second_factor
ada = Admin.objects.get(email="ada@example.com")
code = pyotp.TOTP(second_factor.enrol(ada).secret).at(datetime.now())
second_factor.confirm(accounts.themselves(ada), ada, code)
"""
    installation.python(enrol)
    assert "signs in by password" in installation.run("reset-2fa", "--email", "Ada@example.com").stdout
    again = installation.run("reset-2fa", "--email", "ada@example.com", check=False)
    assert (again.returncode, "no two-factor" in again.stderr) == (1, True)
    assert installation.run("reset-2fa", "--email", "eve@example.com", check=False).returncode == 1


def test_serve_in_an_empty_folder(installation: Installation, tmp_path: Path) -> None:
    """It makes the database, prints a set-up link, restarts what dies, and stops with all its children."""
    port = free_port()
    installation.env |= {"KEYTURN_DATA_DIR": str(tmp_path / "new"), "HOME": str(tmp_path)}
    if not installation.database_url:
        assert not (tmp_path / "new").exists()
    with installation.start("serve", "--port", str(port), "--workers", "1") as serve:
        serve.url = f"http://127.0.0.1:{port}"
        serve.wait_for("Stop with Ctrl+C.")
        serve.wait_until_ready()
        assert len(setup_links(serve)) == 1
        assert setup_links(serve)[0].startswith(serve.url + "/setup/")
        children = children_of(serve.popen.pid)
        # Two workers for long jobs on PostgreSQL, one where there is one writer.
        parts = 4 if installation.database_url else 3
        assert len(children) == parts
        left = [pid for child in children for pid in children_of(child)]
        for name, words in (("web", "web"), ("worker", "worker --queues high"), ("bulk", "worker --queues bulk")):
            os.kill(
                next(pid for pid in children_of(serve.popen.pid) if f"keyturn {words}" in command_line(pid)),
                signal.SIGKILL,
            )
            serve.wait_for(f"{name} ended")
        wait_until_gone(left)
        deadline = time.monotonic() + 20
        while len(children_of(serve.popen.pid)) < parts:
            assert time.monotonic() < deadline, serve.log
            time.sleep(0.05)
        children = children_of(serve.popen.pid)
        assert serve.stop() == 0, serve.log
    wait_until_gone(children)


def test_children_end_with_a_killed_serve(installation: Installation) -> None:
    with installation.serve("serve", "--workers", "1") as serve:
        children = children_of(serve.popen.pid)
        serve.popen.kill()
        serve.popen.wait()
        wait_until_gone(children)


def test_serve_names_a_port_in_use(installation: Installation) -> None:
    with installation.serve() as web:
        port = web.url.rsplit(":", 1)[1]
        done = installation.run("serve", "--port", port, check=False)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr


def test_no_setup_link_once_there_is_an_admin(installation: Installation) -> None:
    add_admin(installation)
    with installation.serve("serve", "--workers", "1") as serve:
        serve.wait_for("Stop with Ctrl+C.")
        assert not setup_links(serve)


def test_demo_prints_its_sign_ins_every_time(installation: Installation) -> None:
    done = installation.run("demo", "--customers", "20", "--licenses", "30")
    assert "keyturn.jobs" not in done.stderr, "its sign-ins are easily found"
    first = done.stdout
    again = installation.run("demo", "--customers", "20", "--licenses", "30").stdout
    sign_in = next(line for line in first.splitlines() if "password" in line)
    assert sign_in in again


def test_doctor(installation: Installation) -> None:
    """Warnings alone are status 0; a missing migration is a failure with its remedy."""
    installation.env["KEYTURN_TRUSTED_PROXYS"] = "1"
    with installation.worker() as worker:
        deadline = time.monotonic() + 60
        while "1 at work" not in (done := installation.run("doctor", check=False)).stdout:
            worker.must_run()
            assert time.monotonic() < deadline, done.stdout
    report = done.stdout
    assert done.returncode == 0, report
    assert "ok    Migrations: up to date" in report
    assert "ok    Worker: 1 at work" in report
    assert "warn  Configuration: unknown: KEYTURN_TRUSTED_PROXYS." in report
    installation.python(
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "MigrationRecorder.Migration.objects.order_by('-pk')[0].delete()"
    )
    done = installation.run("doctor", "--json", check=False)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert {
        "check": "Migrations",
        "status": "failure",
        "text": "1 to apply.",
        "remedy": "Run: keyturn migrate",
    } in told["findings"]


def test_version_and_help(installation: Installation) -> None:
    assert installation.run("version").stdout.strip().count(".") == 2
    assert "create-api-key" in installation.run("--help").stdout
    assert installation.run(check=False).returncode == 2
    assert installation.run("no-such-command", check=False).returncode == 1
    assert "No changes detected" in installation.run("django", "makemigrations", "--check").stdout


def children_of(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def wait_until_gone(pids: list[int], seconds: float = 20) -> None:
    """Ended, whether or not somebody has collected them; what is not collected has no command line."""
    deadline = time.monotonic() + seconds
    while alive := [pid for pid in pids if Path(f"/proc/{pid}").exists() and command_line(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.05)


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
