from django.db import migrations

from keyturn.core.triggers import forbid


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]
    operations = [
        migrations.RunPython(
            *forbid(
                "compliance_log",
                "compliance_log_append_only",
                on=["UPDATE", "DELETE"],
                message="the compliance log cannot be changed",
            )
        )
    ]
