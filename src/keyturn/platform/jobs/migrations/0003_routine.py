"""Which finished attempts are routine."""

from django.db import migrations, models

# Of those that are there, the duration is not asked.
_MARK = """
UPDATE job_executions SET routine = true WHERE outcome = 'completed' AND attempt = 1
AND kind IN (SELECT name FROM job_schedules WHERE rhythm LIKE 'every %')
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_retention")]

    operations = [
        migrations.AddField(
            model_name="execution",
            name="routine",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(_MARK, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("routine", False)),
                fields=["-finished_at", "-id"],
                name="job_executions_notable",
            ),
        ),
    ]
