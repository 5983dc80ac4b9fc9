"""What the doctor finds, check by check."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from keyturn.config.cli import checkups, checkups_inside, doctor
from keyturn.core.clock import now
from keyturn.platform.jobs.models import Worker
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.monitoring import backups
from keyturn.platform.preferences import services as preferences

pytestmark = pytest.mark.django_db


def test_a_lost_or_changed_key_file_is_told_before_the_restart(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert checkups.key_file().status == "failure"
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS"):
        value = getattr(settings, name)
        file = tmp_path / f"{name.lower()}.txt"
        file.write_text(value if isinstance(value, str) else ",".join(value))
        file.chmod(0o600)
    assert checkups.key_file().status == "ok"
    (tmp_path / "secret_key.txt").chmod(0o640)
    assert "chmod 600" in checkups.key_file().remedy
    (tmp_path / "encryption_keys.txt").write_text("another")
    (tmp_path / "secret_key.txt").chmod(0o600)
    assert "has changed" in checkups.key_file().text


def test_the_address_must_be_https_behind_a_trusted_proxy(settings: Any) -> None:
    assert checkups.address().text.startswith("not set: links in e-mails start with http://127.0.0.1:8000,")
    settings.PUBLIC_URL = "http://licenses.example.com"
    assert "not encrypted" in checkups.address().text
    settings.PUBLIC_URL = "https://licenses.example.com"
    assert "KEYTURN_TRUSTED_PROXIES" in checkups.address().remedy
    settings.TRUSTED_PROXIES = 1
    assert checkups.address().status == "ok"


def test_backups_grow_old(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert "never" in checkups.last_backup().text
    backups.note()
    assert checkups.last_backup().status == "ok"
    (tmp_path / "last-backup.txt").write_text((now() - timedelta(days=3)).isoformat())
    assert checkups.last_backup().status == "warning"


def test_workers_that_are_gone_or_too_slow() -> None:
    assert "none has ever run" in checkups_inside.workers().text
    worker = Worker.objects.create(name="host:1", queues="high", seen_at=now() - timedelta(minutes=5))
    assert checkups_inside.workers().status == "failure"
    Worker.objects.filter(pk=worker.pk).update(seen_at=now())
    assert checkups_inside.workers().status == "ok"
    enqueue("licenses.expire", at=now() - timedelta(minutes=15))
    assert "waited for 15 minutes" in checkups_inside.workers().text


def test_storage_and_mail(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    assert checkups_inside.files().status == "ok"
    settings.MEDIA_ROOT = Path("/proc/nowhere")
    assert checkups_inside.files().status == "failure"
    assert "Outbox" in checkups_inside.mail().text
    preferences.set_value("mail.sender_email", "licenses@example.com")
    assert checkups_inside.mail().status == "ok"


def test_every_warning_and_failure_has_its_remedy() -> None:
    found = {title: doctor._look(title) for title in checkups.CHECKUPS}
    assert all(bool(each.remedy) == (each.status != "ok") for each in found.values()), found
