from django.db import migrations

from keyturn.core.triggers import forbid

# Deleting a customer blanks what is personal; nothing else may be written.
_OTHER = """
    NEW.received <> '' OR NEW.ip <> '' OR NEW.user_agent <> '' OR NEW.user_identifier <> ''
    OR NEW.activation_identifier <> '' OR (NEW.data <> '' AND NEW.data <> OLD.data) OR NEW.license_key <> OLD.license_key
    OR NEW.at <> OLD.at OR NEW.environment <> OLD.environment OR NEW.has_red_flags <> OLD.has_red_flags
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0001_records")]
    operations = [
        migrations.RunPython(
            *forbid(
                "telemetry_records",
                "telemetry_records_immutable",
                on=["UPDATE"],
                message="telemetry records cannot be changed",
                when=_OTHER,
            )
        )
    ]
