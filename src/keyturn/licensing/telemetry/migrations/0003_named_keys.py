from django.db import migrations

from keyturn.core.triggers import forbid

_MESSAGE = "telemetry records cannot be changed"
_NAME = "telemetry_records_immutable"
_REST = """
    NEW.received <> '' OR NEW.ip <> '' OR NEW.user_agent <> '' OR NEW.user_identifier <> ''
    OR NEW.activation_identifier <> '' OR (NEW.data <> '' AND NEW.data <> OLD.data)
    OR NEW.at <> OLD.at OR NEW.environment <> OLD.environment OR NEW.has_red_flags <> OLD.has_red_flags
"""
_BEFORE = f"{_REST} OR NEW.license_key <> OLD.license_key"
# A key may hold the e-mail address of a customer who is deleted.
_AFTER = f"{_REST} OR (NEW.license_key <> '' AND NEW.license_key <> OLD.license_key)"


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0002_immutable")]
    operations = [
        migrations.RunPython(
            *reversed(forbid("telemetry_records", _NAME, on=["UPDATE"], message=_MESSAGE, when=_BEFORE))
        ),
        migrations.RunPython(*forbid("telemetry_records", _NAME, on=["UPDATE"], message=_MESSAGE, when=_AFTER)),
    ]
