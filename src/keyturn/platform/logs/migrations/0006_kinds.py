from typing import Any

from django.db import migrations, models

# These columns depend on each other; without knowing, PostgreSQL expects next to nothing of a combination,
# and takes any index.
_KNOW = "CREATE STATISTICS log_kinds_together (mcv) ON environment, category, level, action FROM log_entries"


def know(apps: Any, editor: Any) -> None:
    """Count combinations of values at the next ANALYZE."""
    if editor.connection.vendor == "postgresql":
        editor.execute(_KNOW)


def forget(apps: Any, editor: Any) -> None:
    """Count each column for itself again."""
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP STATISTICS log_kinds_together")


class Migration(migrations.Migration):
    dependencies = [
        ("logs", "0005_prefixes"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="logentry",
            name="log_level",
        ),
        migrations.RemoveIndex(
            model_name="logentry",
            name="log_category",
        ),
        migrations.RemoveIndex(
            model_name="logentry",
            name="log_action",
        ),
        migrations.AddIndex(
            model_name="logentry",
            index=models.Index(fields=["environment", "category", "level", "action", "at", "id"], name="log_kinds"),
        ),
        migrations.RunPython(know, forget),
    ]
