from django.db import migrations

from keyturn.core.triggers import forbid


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_seals")]
    operations = [
        migrations.RunPython(
            *forbid(
                "audit_seals",
                "audit_seals_append_only",
                on=["UPDATE", "DELETE"],
                message="seals of the audit trail cannot be changed or removed",
            )
        )
    ]
