from django.db import migrations

from keyturn.core.triggers import forbid


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunPython(
            *forbid(
                "audit_events",
                "audit_events_append_only",
                on=["UPDATE", "DELETE"],
                message="audit events cannot be changed or removed",
            )
        )
    ]
