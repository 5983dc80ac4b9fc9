from typing import Any

from django.db import migrations, models

# These columns depend on each other; without knowing, PostgreSQL expects next to nothing of a combination,
# and takes any index.
_KNOW = (
    "CREATE STATISTICS audit_kinds_together (mcv) ON environment, actor_kind, subject_kind, action FROM audit_events"
)


def know(apps: Any, editor: Any) -> None:
    """Count combinations of values at the next ANALYZE."""
    if editor.connection.vendor == "postgresql":
        editor.execute(_KNOW)


def forget(apps: Any, editor: Any) -> None:
    """Count each column for itself again."""
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP STATISTICS audit_kinds_together")


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0005_search"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="auditevent",
            name="audit_actor",
        ),
        migrations.RemoveIndex(
            model_name="auditevent",
            name="audit_actor_kind",
        ),
        migrations.RemoveIndex(
            model_name="auditevent",
            name="audit_subject_kind",
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["actor_id", "environment", "actor_kind", "subject_kind", "action", "at", "id"],
                name="audit_actor",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["environment", "actor_kind", "subject_kind", "action", "at", "id"], name="audit_kinds"
            ),
        ),
        migrations.RunPython(know, forget),
    ]
