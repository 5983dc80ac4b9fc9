from typing import Any

from django.db import migrations

_ENVIRONMENTS = ("production", "staging", "development")
_DAYS = {"system_logs": 90, "telemetry_records": 90, "webhook_deliveries": 30, "job_executions": 30}
_SETTING = "webhooks.retention_days"


def _create(apps: Any, editor: Any) -> None:
    policies, settings = apps.get_model("retention", "Policy"), apps.get_model("preferences", "Preference")
    chosen = settings.objects.filter(name=_SETTING).first()
    # What was one setting for all environments.
    days = {**_DAYS, "webhook_deliveries": int(chosen.value)} if chosen else _DAYS
    policies.objects.bulk_create(
        policies(environment=environment, entity_type=kind, days=number)
        for environment in _ENVIRONMENTS
        for kind, number in days.items()
    )
    settings.objects.filter(name=_SETTING).delete()


class Migration(migrations.Migration):
    dependencies = [("retention", "0001_policies"), ("preferences", "0001_initial")]
    operations = [migrations.RunPython(_create, migrations.RunPython.noop)]
