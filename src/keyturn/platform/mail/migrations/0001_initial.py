from django.db import migrations, models

import keyturn.core.clock
import keyturn.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=keyturn.core.ids.uuid7, editable=False, unique=True)),
                ("key", models.CharField(max_length=64, null=True, unique=True)),
                ("template", models.CharField(max_length=100)),
                ("customer", models.UUIDField(null=True)),
                ("sealed", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("kept", "Kept"),
                        ],
                        max_length=8,
                    ),
                ),
                ("job", models.UUIDField(null=True)),
                ("attempts", models.SmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField(default=keyturn.core.clock.now)),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "messages",
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="messages_at"),
                    models.Index(fields=["state", "-at", "-id"], name="messages_state"),
                    models.Index(fields=["customer", "-at"], name="messages_customer"),
                ],
            },
        ),
    ]
