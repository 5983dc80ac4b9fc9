from typing import Any

from django.db import migrations

from keyturn.core.triggers import forbid_truncate

PAIRS = [forbid_truncate(table) for table in ("audit_events", "audit_seals", "compliance_log")]


def forward(apps: Any, editor: Any) -> None:
    for there, _ in PAIRS:
        there(apps, editor)


def backward(apps: Any, editor: Any) -> None:
    for _, back in PAIRS:
        back(apps, editor)


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0002_append_only"),
        ("audit", "0002_append_only"),
        ("privacy", "0002_append_only"),
    ]

    operations = [migrations.RunPython(forward, backward)]
