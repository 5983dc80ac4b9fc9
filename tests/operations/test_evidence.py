"""Seals over the audit trail: whatever was done to an entry is found and named."""

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from keyturn.access.actors import Actor
from keyturn.config.cli import run as command
from keyturn.core import clock
from keyturn.core.clock import now
from keyturn.licensing.signing import services as signing
from keyturn.licensing.signing.models import INSTALLATION, KeyPair
from keyturn.operations.evidence import chain, exporting, sealing, verifying
from keyturn.operations.evidence.models import Seal
from keyturn.operations.evidence.verifying import Broken
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
Tamper = Callable[[], object]


@pytest.fixture(autouse=True)
def _key() -> Iterator[None]:
    signing.ensure(INSTALLATION, 2048)
    chain._own.cache_clear()
    yield
    chain._own.cache_clear()


@pytest.fixture
def trail(owner: Actor) -> list[AuditEvent]:
    """Six entries in two seals, the last one fresh."""
    began = now() - timedelta(days=1)
    events = []
    for number in range(6):
        with clock.fixed(began + timedelta(minutes=number * 10)):
            events.append(_record(owner, number))
            if number in (2, 4):
                sealing.LAG, lag = timedelta(0), sealing.LAG
                assert sealing.seal_all() > 0
                sealing.LAG = lag
    return events


def _record(owner: Actor, number: int) -> AuditEvent:
    entry = audit.Entry("product.updated", ("product", uuid4()), {"name": ["Old", f"New {number}"]}, customer=uuid4(),
                        personal={"email": "ann@example.com"}, note="Said Ann")  # fmt: skip
    return audit.record(owner, entry)


def _unlocked(table: str = "audit_events") -> None:
    """What somebody does who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            return
        for event in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER {table}_append_only_{event}")


def _broken() -> Broken:
    with pytest.raises(Broken) as caught:
        verifying.verify()
    return caught.value


@pytest.mark.spec("LOG-16")
def test_an_untouched_trail_is_proven(trail: list[AuditEvent]) -> None:
    proof = verifying.verify()
    assert (proof.seals, proof.entries, proof.waiting) == (2, 5, 1)
    assert sealing.seal_all() == 1
    assert verifying.verify().entries == 6
    assert sealing.seal_all() == 0


@pytest.mark.spec("LOG-16")
def test_seals_cannot_be_changed_by_the_application(trail: list[AuditEvent]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Seal.objects.update(last="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        Seal.objects.filter(number=1).delete()


@pytest.mark.spec("LOG-16")
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("table", ["audit_events", "audit_seals", "compliance_log"])
def test_a_trail_cannot_be_emptied_at_once(trail: list[AuditEvent], table: str) -> None:
    with pytest.raises(DatabaseError, match="cannot be"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.spec("LOG-16")
@pytest.mark.parametrize(
    "changes",
    [
        {"note": "x"},
        {"action": "product.created"},
        {"ip": "1.2.3.4"},
        {"changes": {"name": ["Old", "Evil"]}},
        {"at": datetime.fromisoformat("2026-01-01T00:00:00+00:00")},
        {"sealed": ""},
    ],
)
def test_an_altered_entry_is_named(trail: list[AuditEvent], changes: dict[str, object]) -> None:
    _unlocked()
    AuditEvent.objects.filter(pk=trail[3].pk).update(**changes)
    broken = _broken()
    assert (broken.what, broken.entry) == ("altered", trail[3].uuid)


@pytest.mark.spec("LOG-16")
def test_a_removed_entry_is_named(trail: list[AuditEvent]) -> None:
    _unlocked()
    AuditEvent.objects.filter(pk__in=[trail[1].pk, trail[4].pk]).delete()
    broken = _broken()
    assert (broken.what, broken.entry) == ("deleted", trail[1].uuid)


@pytest.mark.spec("LOG-16")
def test_exchanged_entries_are_named(trail: list[AuditEvent]) -> None:
    _unlocked()
    one, other = trail[1], trail[2]
    for key, to in ((one.pk, -1), (other.pk, one.pk), (-1, other.pk)):
        AuditEvent.objects.filter(pk=key).update(id=to)
    broken = _broken()
    assert (broken.what, broken.entry) == ("reordered", one.uuid)


@pytest.mark.spec("LOG-16")
def test_an_entry_slipped_in_is_named(owner: Actor) -> None:
    old = now() - timedelta(days=2)
    with clock.fixed(old):
        first = _record(owner, 0).pk
        AuditEvent.objects.create(id=first + 5, action="a", actor_kind="system", subject_kind="x", subject_id="1")
    with clock.fixed(old + timedelta(hours=1)):
        sealing.seal_all()
        # A transaction that was under way ends: its entry joins the next seal.
        AuditEvent.objects.create(id=first + 2, action="b", actor_kind="system", subject_kind="x", subject_id="1")
        assert verifying.verify().entries == 2
        sealing.seal_all()
        assert verifying.verify().entries == 3
    evil = AuditEvent.objects.create(
        id=first + 3, at=old, action="c", actor_kind="system", subject_kind="x", subject_id="1"
    )
    broken = _broken()
    assert (broken.what, broken.entry) == ("inserted", evil.uuid)
    assert sealing.seal_all() == 0
    _unlocked()
    evil.delete()
    assert verifying.verify().entries == 3
    AuditEvent.objects.filter(pk=first + 2).delete()
    assert _broken().what == "deleted"


@pytest.mark.spec("LOG-16")
def test_a_forged_seal_does_not_count(trail: list[AuditEvent]) -> None:
    _unlocked()
    _unlocked("audit_seals")
    AuditEvent.objects.filter(pk=trail[3].pk).update(note="x")
    seal = Seal.objects.get(number=2)
    rows = AuditEvent.objects.filter(pk__in=[trail[3].pk, trail[4].pk]).order_by("pk")
    links = [chain.link(id, values) for id, values in chain.entries(rows)]
    seal.links, seal.last = chain.pack(links), chain.extend(seal.previous, links)
    forged = signing.draw(INSTALLATION, 2048, "rsa-sha256")
    forged.archived_at, forged.signs = now(), False
    # Sealed with a key that is not that of the installation.
    forged.sealed_private = "gAAAAA"
    forged.save()
    seal.pair = forged.uuid
    seal.save()
    assert _broken().text == "Seal 2 was altered, or made by somebody else."


@pytest.mark.spec("LOG-16")
def test_a_missing_seal_is_noticed(trail: list[AuditEvent]) -> None:
    _unlocked("audit_seals")
    Seal.objects.filter(number=1).delete()
    assert _broken().text == "Seal 1 is missing."


@pytest.mark.spec("LOG-16", "CUS-43")
def test_the_chain_survives_an_erasure(trail: list[AuditEvent]) -> None:
    for event in trail:
        assert event.customer_uuid
        audit.forget(event.customer_uuid)
        assert audit.personal_data(event) == {}
    assert verifying.verify().entries == 5


@pytest.mark.spec("LOG-16")
def test_the_command_names_what_is_broken(trail: list[AuditEvent], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["audit", "verify"]) == 0
    assert "5 entries in 2 seals" in capsys.readouterr().out
    _unlocked()
    AuditEvent.objects.filter(pk=trail[0].pk).update(note="x")
    assert command(["audit", "verify"]) == 1
    assert f"ALTERED: Entry {trail[0].uuid}" in capsys.readouterr().err


@pytest.mark.spec("LOG-17")
def test_an_export_proves_itself_to_anybody(trail: list[AuditEvent], tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    assert command(["audit", "export", str(file)]) == 0
    assert command(["audit", "verify-export", str(file)]) == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["entry"]["uuid"] for line in lines] == [
        str(uuid) for uuid in AuditEvent.objects.order_by("pk").values_list("uuid", flat=True)
    ]
    assert "ann@example.com" not in file.read_text()
    # As docs/operations.md says, without any code of ours.
    checked = ["openssl", "dgst", "-sha256", "-verify", "audit.jsonl.pem", "-signature", "audit.jsonl.sig"]
    assert subprocess.run([*checked, "audit.jsonl.manifest.json"], cwd=tmp_path, capture_output=True).returncode == 0
    total = subprocess.run(["sha256sum", "audit.jsonl"], cwd=tmp_path, capture_output=True, text=True).stdout.split()[0]
    assert json.loads((tmp_path / "audit.jsonl.manifest.json").read_text())["sha256"] == total


def test_an_export_to_nowhere_says_so(trail: list[AuditEvent], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["audit", "export", "/nowhere/audit.jsonl"]) == 1
    assert "cannot be written: No such file or directory." in capsys.readouterr().err


@pytest.mark.spec("LOG-17")
@pytest.mark.parametrize("spoil", ["line", "cut", "manifest", "key"])
def test_an_export_that_was_touched_proves_nothing(
    owner: Actor, trail: list[AuditEvent], tmp_path: Path, spoil: str
) -> None:
    file = tmp_path / "audit.jsonl"
    exporting.write(owner, file)
    pem = KeyPair.objects.get(holder=INSTALLATION).public_pem.encode()
    assert exporting.verify(file, pem).count == 7
    if spoil == "line":
        file.write_text(file.read_text().replace("New 3", "New 9"))
    elif spoil == "cut":
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    elif spoil == "manifest":
        manifest = file.with_name("audit.jsonl.manifest.json")
        manifest.write_text(manifest.read_text().replace('"count":7', '"count":8'))
    else:
        pem = signing.draw(INSTALLATION, 2048, "rsa-sha256").public_pem.encode()
    with pytest.raises(exporting.Unproven):
        exporting.verify(file, pem)
    assert command(["audit", "verify-export", str(file)]) == (0 if spoil == "key" else 1)
