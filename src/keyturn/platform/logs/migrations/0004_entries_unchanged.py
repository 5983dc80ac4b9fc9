from django.db import migrations

from keyturn.core.triggers import forbid

# Deleting a customer blanks the addresses of requests about his licenses; nothing else may be written.
_COMPARED = (
    "id", "uuid", "at", "environment", "level", "category", "action", "message", "resource_kind", "resource_id",
    "user_kind", "user_id", "user_label", "license_start", "key_start", "request_id", "context",
)  # fmt: skip
_OTHER = (
    "NEW.ip <> '' OR "
    + " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _COMPARED)
    + " OR COALESCE(NEW.license_id, -1) <> COALESCE(OLD.license_id, -1)"
)


class Migration(migrations.Migration):
    dependencies = [("logs", "0003_entries")]
    operations = [
        migrations.RunPython(
            *forbid(
                "log_entries",
                "log_entries_immutable",
                on=["UPDATE"],
                message="log entries cannot be changed",
                when=_OTHER,
            )
        )
    ]
