import django.db.models.deletion
from django.db import migrations, models

import keyturn.core.clock
import keyturn.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="EmailTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=keyturn.core.ids.uuid7, editable=False, unique=True)),
                ("slug", models.CharField(max_length=100, unique=True)),
                ("name", models.CharField(max_length=150)),
                ("category", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=255)),
                ("body", models.TextField()),
                (
                    "format",
                    models.CharField(
                        choices=[("markdown", "Markdown"), ("html", "HTML")], default="markdown", max_length=8
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("variables", models.JSONField(default=list)),
                ("enabled", models.BooleanField(default=True)),
                ("sent_count", models.IntegerField(default=0)),
                ("last_sent", models.DateTimeField(null=True)),
                ("version", models.IntegerField(default=1)),
                ("updated_at", models.DateTimeField(default=keyturn.core.clock.now)),
            ],
            options={
                "db_table": "email_templates",
            },
        ),
        migrations.CreateModel(
            name="TemplateVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("subject", models.CharField(max_length=255)),
                ("body", models.TextField()),
                ("format", models.CharField(max_length=8)),
                ("text", models.TextField(blank=True)),
                ("variables", models.JSONField(default=list)),
                ("saved_at", models.DateTimeField(default=keyturn.core.clock.now)),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="mail.emailtemplate"
                    ),
                ),
            ],
            options={
                "db_table": "email_template_versions",
                "constraints": [models.UniqueConstraint(fields=("template", "number"), name="email_template_version")],
            },
        ),
    ]
